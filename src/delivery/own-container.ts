import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { AppError } from '../errors.ts';
import type { ProcessRequest, ProcessResult } from '../subprocess.ts';

export interface OwnContainerDeps {
  /** `PATH`, `HOME` of the `docker` command. */
  env: Readonly<Record<string, string>>;
  run: (request: ProcessRequest) => Promise<ProcessResult>;
  /** Text of `/proc/self/mountinfo`. Default: read it. */
  mounts?: string;
}

/**
 * The container this process runs in and its image, for a helper that shares its volumes (SHIP-120). The id is taken
 * from the mounts docker makes into every container, else from the host name, which is its short form by default.
 * Throws `own-container-unknown`.
 */
export async function findOwnContainer(deps: OwnContainerDeps): Promise<{ id: string; image: string }> {
  const mounts = deps.mounts ?? readMounts();
  const id = /\/containers\/([0-9a-f]{64})\//.exec(mounts)?.[1] ?? hostname();
  const found = await deps.run({
    argv: ['docker', 'inspect', '--type=container', '--format', '{{.Image}}', '--', id],
    cwd: '/',
    env: deps.env,
    deadlineMs: 15_000,
    killGraceMs: 2_000,
    maxOutputBytes: 16 * 1024,
  });
  const image = found.stdoutTail.trim();
  if (found.exitCode === 0 && image !== '') return { id, image };
  throw new AppError(
    'own-container-unknown',
    `docker does not know the container ${id} this process is in.`,
    {
      fault: 'environment',
      retry: true,
      hint: 'Set ORCH_DEPLOY_HOOK_VIA to ssh, or give the container the docker socket and its own host name.',
    },
  );
}

function readMounts(): string {
  try {
    return readFileSync('/proc/self/mountinfo', 'utf8');
  } catch {
    return '';
  }
}
