import { AppError } from '../errors.ts';
import { runProcess } from '../subprocess.ts';

/** The unprivileged user agents and checks run as (AGENT-24). */
export interface RunsAs {
  uid: number;
  gid: number;
}

const DEADLINE_MS = 60_000;

/** Gives directories to the user who works in them; links are not followed. Nothing without such a user. */
export async function handOver(
  user: RunsAs | undefined,
  dirs: readonly string[],
  pathEnv: string,
): Promise<void> {
  if (user === undefined) return;
  const { exitCode, stderrTail } = await runProcess({
    argv: ['chown', '-R', '-h', `${user.uid}:${user.gid}`, ...dirs],
    cwd: '/',
    env: { PATH: pathEnv },
    deadlineMs: DEADLINE_MS,
    killGraceMs: 1000,
    maxOutputBytes: 4096,
  });
  if (exitCode === 0) return;
  throw new AppError(
    'not-handed-over',
    `The worktree could not be given to the agents: ${stderrTail.trim()}`,
    {
      fault: 'environment',
      retry: true,
      hint: 'Start as root, or remove ORCH_AGENT_USER.',
    },
  );
}
