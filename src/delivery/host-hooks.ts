import type { ProcessRequest, ProcessResult } from '../subprocess.ts';
import { type DetachHost, sshArgv } from './detach.ts';
import { createHookRunner, type HookRunner } from './hook-runner.ts';
import { createLocalHookStore } from './hook-store.ts';
import { createSshHookStore, type RemoteShell } from './ssh-store.ts';
import type { Transport } from './transport.ts';

const SHELL_DEADLINE_MS = 30_000;
const MAX_ANSWER_BYTES = 1024 * 1024;

export interface HostHooksOptions {
  transport: Transport;
  /** `ORCH_DEPLOY_STATE_DIR`; for `ssh` a directory of the deploy host. */
  stateDir: string;
  /** Text of `scripts/deploy-wrapper.sh`. */
  wrapper: string;
  host: DetachHost;
  /** Environment of the transport's own program: `PATH`, `HOME`, for ssh `SSH_AUTH_SOCK`. */
  env: Readonly<Record<string, string>>;
  run: (request: ProcessRequest) => Promise<ProcessResult>;
  now: () => number;
}

/** A hook runner with the state directory where its transport has it: here, or on the deploy host (SHIP-121). */
export function createHostHooks(options: HostHooksOptions): HookRunner {
  const { transport, stateDir, now } = options;
  const store =
    transport === 'ssh'
      ? createSshHookStore({ stateDir, shell: remoteShell(options) })
      : createLocalHookStore({ stateDir, now });
  return createHookRunner({ ...options, store });
}

function remoteShell({ host, env, run }: HostHooksOptions): RemoteShell {
  return async (script) => {
    const end = await run({
      argv: sshArgv(host),
      cwd: '/',
      env,
      stdin: script,
      deadlineMs: SHELL_DEADLINE_MS,
      killGraceMs: 2_000,
      maxOutputBytes: MAX_ANSWER_BYTES,
    });
    return { exitCode: end.exitCode, stdout: end.stdoutTail, stderr: end.stderrTail };
  };
}
