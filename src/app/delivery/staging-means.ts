import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { Config } from '../../config/schema.ts';
import type { CommandEnd, StagingDeps } from '../../delivery/staging.ts';
import { runStagingCheck } from '../../delivery/staging-check/run.ts';
import type { HttpClient } from '../../http-client.ts';
import type { Project, ProjectStaging } from '../../pipeline/project.ts';
import type { Workspace } from '../../workspace/workspace.ts';

/** Limit of a staging deploy or check where the project states none. */
export const STAGING_TIMEOUT_MS = 600_000;
const S = 1000;

interface Deps {
  config: Config;
  http: HttpClient;
  now: () => number;
}

export interface StagingMeans {
  project: Project;
  staging: ProjectStaging;
  workspace: Workspace;
}

/** How a project's staging is checked: its command in a clean checkout, or the bundled suite (SHIP-24). */
export function stagingMeans(deps: Deps, { project, staging, workspace }: StagingMeans): StagingDeps {
  const ws = workspace.open(project);
  return {
    http: deps.http,
    staging,
    async runCheck({ command, sha, env, signal }) {
      const assignments = Object.entries(env).map(
        ([key, value]) => `${key}='${value.replaceAll("'", "'\\''")}'`,
      );
      const result = await ws.runChecks({
        sha,
        branch: `staging-check/${project.repo}`,
        command: `${assignments.join(' ')} ${command}`,
        deadlineMs: (staging.timeoutS ?? STAGING_TIMEOUT_MS / S) * S,
        id: `staging-${sha.slice(0, 12)}`,
        signal,
        ...(project.setup === undefined ? {} : { setup: project.setup }),
      });
      return { exitCode: result.exitCode, tail: result.tail, reason: result.reason };
    },
    runBuiltin: (request) => builtinCheck(deps, staging, request),
    sourceTreeOf: async (sha) => {
      const full = await ws.mirror.resolve(sha).catch(() => null);
      return full === null
        ? null
        : ws.mirror.sourceTreeOf(full, deps.config.forge.artefactPaths).catch(() => null);
    },
  };
}

/** The bundled suite as the check of staging: a client of the live server, nothing else (SHIP-24, SHIP-37). */
async function builtinCheck(
  { http, config, now }: Deps,
  { tokenFile }: ProjectStaging,
  { baseUrl, expectSha, signal }: Parameters<StagingDeps['runBuiltin']>[0],
): Promise<CommandEnd> {
  const token = tokenFile === undefined ? '' : await readFile(tokenFile, 'utf8').catch(() => null);
  if (token === null)
    return { exitCode: null, tail: '', reason: `staging.token_file: ${tokenFile} cannot be read` };
  const adminToken = token.trim();
  const sleep = async (ms: number) => void (await delay(ms, undefined, { signal }));
  const report = await runStagingCheck(
    { http, now, sleep },
    {
      baseUrl,
      mode: 'stub',
      strict: !config.gates.stagingInfraToleranceEnabled,
      expectSha,
      ...(adminToken === '' ? {} : { adminToken }),
    },
  );
  const { exitCode, verdict, lines } = report;
  const failed = lines.filter((line) => line.startsWith('FAIL '));
  return { exitCode, tail: lines.join('\n'), reason: [`staging check: ${verdict}`, ...failed].join('; ') };
}
