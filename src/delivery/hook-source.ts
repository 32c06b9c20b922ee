import { AppError } from '../errors.ts';
import type { HookRun } from './hook-runner.ts';

export interface HookSourceRequest {
  /** `deploy_hook.script`: an absolute path on the deploy host, or a path inside the repository. */
  script: string;
  /** Commit the delivery rules are read from; never the task branch (SHIP-2). */
  baseSha: string;
  /** Content of a repository path at a commit, null when absent. */
  readFile: (sha: string, path: string) => Promise<string | null>;
}

/**
 * Where the hook comes from (SHIP-2): an absolute path is used as it is; a relative one is read at `baseSha`, so that a
 * branch cannot change the script that deploys it. Throws `deploy-hook-missing` when the commit does not have it.
 */
export async function hookSource(request: HookSourceRequest): Promise<HookRun['hook']> {
  const { script, baseSha, readFile } = request;
  if (script.startsWith('/')) return { path: script };
  const text = await readFile(baseSha, script.replace(/^(\.\/)+/, ''));
  if (text !== null) return { text };
  const where = `${script} at ${baseSha.slice(0, 7)}`;
  throw new AppError('deploy-hook-missing', `Expected the deploy hook ${where}, found no such file.`, {
    fault: 'user',
    hint: 'Correct deploy_hook.script in the project registry, or add the script on the main branch.',
  });
}
