import { chmodSync, chownSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Writes the program through which the CLI gets its API key, mode 0700, outside every worktree (AGENT-21). The
 * key is not in the environment, so the shells of the agent do not see it there. Returns the path.
 */
export function writeApiKeyHelper(
  path: string,
  apiKey: string,
  owner?: { uid: number; gid: number },
): string {
  mkdirSync(dirname(path), { recursive: true, mode: 0o711 });
  const quoted = `'${apiKey.replaceAll("'", "'\\''")}'`;
  const fresh = `${path}.${process.pid}`;
  writeFileSync(fresh, `#!/bin/sh\nprintf '%s' ${quoted}\n`, { mode: 0o700 });
  chmodSync(fresh, 0o700);
  if (owner) chownSync(fresh, owner.uid, owner.gid);
  renameSync(fresh, path);
  return path;
}
