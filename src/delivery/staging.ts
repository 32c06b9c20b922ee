import { setTimeout as delay } from 'node:timers/promises';
import type { HttpClient } from '../http-client.ts';
import type { ProjectStaging } from '../pipeline/project.ts';
import { probeService } from './health.ts';
import type { HookRun, HookRunner } from './hook-runner.ts';
import type { ServedSha, SourceTreeOf } from './served-sha.ts';
import { checkCounts } from './staging-output.ts';

const LOOK_EVERY_MS = 250;

/** How the project's own check ended. */
export interface CommandEnd {
  /** Null where it could not be run to an end. */
  exitCode: number | null;
  /** End of its output, secrets masked. */
  tail: string;
  /** One line: `exit 1 in 12 s`, `timed out after 300 s`, … */
  reason: string;
}

export interface StagingDeps {
  http: HttpClient;
  staging: ProjectStaging;
  /** Runs the declared check in a clean checkout of the commit, with `BASE_URL` in its environment. */
  runCheck: (request: {
    command: string;
    sha: string;
    env: Readonly<Record<string, string>>;
    signal: AbortSignal;
  }) => Promise<CommandEnd>;
  /** The bundled suite, for the check `builtin` (SHIP-30 to SHIP-37). */
  runBuiltin: (request: { baseUrl: string; expectSha: string; signal: AbortSignal }) => Promise<CommandEnd>;
  sourceTreeOf?: SourceTreeOf;
}

/** What the engine itself found on the live staging server (SHIP-24, SHIP-25). */
export interface StagingCheck {
  /** The check ended with 0 (without one: the service is healthy) and the service does not run something else. */
  ok: boolean;
  detail: string;
  served: ServedSha;
  checks: { passed: number; total: number };
  waived: readonly string[];
  exitCode: number | null;
  output: string;
}

/** Runs the declared check, or the health probe where there is none, and compares the served commit. */
export async function checkStaging(
  deps: StagingDeps,
  { sha, signal }: { sha: string; signal: AbortSignal },
): Promise<StagingCheck> {
  const { staging, sourceTreeOf } = deps;
  const probe = await probeService(deps.http, {
    health: staging.health,
    expectedSha: sha,
    signal,
    ...(sourceTreeOf && { sourceTreeOf }),
  });
  const end = await runDeclared(deps, { sha, signal, served: probe.served });
  const green = end ? end.exitCode === 0 : probe.healthy;
  const counts = end ? checkCounts(end.tail, green) : { passed: green ? 1 : 0, total: 1, waived: [] };
  const { passed, total, waived } = counts;
  const other =
    probe.served.match === 'other' ? `staging serves ${probe.served.exposed}, expected ${sha}` : null;
  return {
    ok: green && other === null,
    detail: other ?? end?.reason ?? probe.detail,
    served: probe.served,
    checks: { passed, total },
    waived,
    exitCode: end?.exitCode ?? null,
    output: end?.tail ?? probe.detail,
  };
}

async function runDeclared(
  deps: StagingDeps,
  { served, ...run }: { sha: string; signal: AbortSignal; served: ServedSha },
): Promise<CommandEnd | null> {
  const { check, baseUrl } = deps.staging;
  if (check === undefined) return null;
  // The suite compares names only; a commit of the same source was accepted by the whole rule (SHIP-181).
  const expectSha = served.match === 'same-source' ? (served.exposed ?? run.sha) : run.sha;
  if (check === 'builtin') return deps.runBuiltin({ baseUrl, expectSha, signal: run.signal });
  return deps.runCheck({ command: check, sha: run.sha, env: { BASE_URL: baseUrl }, signal: run.signal });
}

/**
 * Runs the hook with its staging defaults and waits for its end (SHIP-21). The id makes it idempotent: the same id
 * after a restart finds the same run. `exitCode` is null when no result came in time.
 */
export async function deployToStaging(
  runner: HookRunner,
  run: HookRun,
  { timeoutMs, signal }: { timeoutMs: number; signal: AbortSignal },
): Promise<{ ok: boolean; detail: string; exitCode: number | null; logTail: string }> {
  const lost = (detail: string) => ({ ok: false, detail, exitCode: null, logTail: '' });
  await runner.start(run);
  const giveUpAt = performance.now() + timeoutMs;
  for (let startedOnce = false; ; ) {
    const { started, wrapperAlive, result } = await runner.look(run);
    if (result) {
      const { exit_code: exitCode, log_tail: logTail } = result;
      const detail = exitCode === 0 ? 'deployed to staging' : `staging hook ended with ${exitCode}`;
      return { ok: exitCode === 0, detail, exitCode, logTail };
    }
    startedOnce ||= started !== null;
    if (startedOnce && !wrapperAlive) return lost('staging hook ended without a result');
    if (performance.now() > giveUpAt)
      return lost(
        `staging hook ${startedOnce ? 'still runs' : 'did not start'} after ${timeoutMs / 1_000} s`,
      );
    await delay(LOOK_EVERY_MS, undefined, { signal });
  }
}
