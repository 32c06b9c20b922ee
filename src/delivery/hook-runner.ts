import { AppError } from '../errors.ts';
import { identify, machineBootOf, type ProcessRequest, type ProcessResult } from '../subprocess.ts';
import { DETACH, type DetachHost } from './detach.ts';
import { type HookResult, type HookStarted, readHookResult, readHookStarted } from './hook-result.ts';
import type { HookParcel, HookStore } from './hook-store.ts';
import type { Transport } from './transport.ts';

/** A heartbeat comes every 5 s; after this long without one the wrapper is taken for dead. */
export const HEARTBEAT_LOST_MS = 20_000;
const LAUNCH_DEADLINE_MS = 30_000;

/** One run of a hook. The id is the deploy row's. */
export interface HookRun {
  deployId: string;
  sha: string;
  mode: 'deploy' | 'rollback';
  /** A path on the deploy host, or the text of a script taken from the repository at `base_sha` (SHIP-2). */
  hook: { path: string } | { text: string };
  env: Readonly<Record<string, string>>;
}

/** What can be known about a hook from its files and its process. */
export interface HookSight {
  started: HookStarted | null;
  /** True while the wrapper proves that it lives. */
  wrapperAlive: boolean;
  result: HookResult | null;
  /** Why a result file was not used, for the log (SHIP-125). */
  ignored: string | null;
}

export interface HookRunner {
  /**
   * Starts the wrapper outside our process tree and returns without waiting for the hook. Starting the same
   * deploy twice runs one hook (SHIP-122). A transport that cannot start it throws `hook-not-started` (retry).
   */
  start(run: HookRun): Promise<void>;
  look(run: { deployId: string; sha: string }): Promise<HookSight>;
}

export interface HookRunnerDeps {
  transport: Transport;
  store: HookStore;
  stateDir: string;
  /** Text of `scripts/deploy-wrapper.sh`. */
  wrapper: string;
  host: DetachHost;
  /** Environment of the transport's own program (`PATH`, `HOME`, for ssh its agent). */
  env: Readonly<Record<string, string>>;
  run: (request: ProcessRequest) => Promise<ProcessResult>;
}

/** Starts hooks and watches their traces (SHIP-120 to SHIP-125). */
export function createHookRunner(deps: HookRunnerDeps): HookRunner {
  return {
    async start(run) {
      const before = await deps.store.read(run.deployId);
      if (before.started !== null) return;
      const parcel: HookParcel = { env: run.env, wrapper: deps.wrapper };
      const files = await deps.store.put(
        run.deployId,
        'text' in run.hook ? { ...parcel, hook: run.hook.text } : parcel,
      );
      const { deployId, sha, mode } = run;
      const hookPath = 'path' in run.hook ? run.hook.path : files.hook;
      const call = { stateDir: deps.stateDir, deployId, sha, mode, hookPath, files };
      await launch(deps, DETACH[deps.transport](call, deps.host));
    },

    async look({ deployId, sha }) {
      const traces = await deps.store.read(deployId);
      const started = readHookStarted(traces.started);
      const wrapperAlive = isAlive(deps.transport, started, traces.aliveAgeMs);
      // Asked again after the wrapper was found dead: it may have finished between the two looks.
      const text =
        wrapperAlive || traces.result !== null ? traces.result : (await deps.store.read(deployId)).result;
      const result = readHookResult(text, { deployId, sha });
      return {
        started,
        wrapperAlive,
        result: result && 'use' in result ? result.use : null,
        ignored: result && 'ignored' in result ? result.ignored : null,
      };
    },
  };
}

async function launch(deps: HookRunnerDeps, command: { argv: [string, ...string[]]; stdin?: string }) {
  const result = await deps.run({
    ...command,
    cwd: deps.transport === 'ssh' ? '/' : deps.stateDir,
    env: deps.env,
    deadlineMs: LAUNCH_DEADLINE_MS,
    killGraceMs: 2_000,
    maxOutputBytes: 16 * 1024,
  });
  if (result.exitCode === 0) return;
  const found = result.stderrTail.trim().split('\n').at(-1) || `exit code ${result.exitCode}`;
  throw new AppError('hook-not-started', `${command.argv[0]} could not start the deploy hook: ${found}.`, {
    fault: 'environment',
    retry: true,
    hint: 'Check ORCH_DEPLOY_HOOK_VIA and what it needs.',
  });
}

/** Where the wrapper is a process of this host, its pid tells at once what a heartbeat tells late. */
function isAlive(transport: Transport, started: HookStarted | null, aliveAgeMs: number | null): boolean {
  if (!started || aliveAgeMs === null || aliveAgeMs > HEARTBEAT_LOST_MS) return false;
  if (transport !== 'setsid' && transport !== 'systemd-run') return true;
  const process = identify(started.pid);
  return (
    process !== null &&
    (started.boot_id === '' || process.bootId === 'unknown' || machineBootOf(process) === started.boot_id)
  );
}
