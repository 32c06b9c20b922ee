import type { HookFiles } from './hook-files.ts';
import type { Transport } from './transport.ts';

/** A wrapper call: `wrapper stateDir deployId sha mode hook` (SHIP-121). */
export interface WrapperCall {
  stateDir: string;
  deployId: string;
  sha: string;
  mode: 'deploy' | 'rollback';
  /** Path of the hook where it will run. */
  hookPath: string;
  files: HookFiles;
}

/** What the transports need to know about this host and the deploy host. */
export interface DetachHost {
  /** Our own Node.js, which starts the new session for `setsid`. */
  nodePath: string;
  /** True when we run as root: then `systemd-run` talks to the system manager, else to the user's. */
  root: boolean;
  ssh?: { host: string; user?: string };
  /** Our own container, whose volumes, network and image the helper shares. */
  container?: { id: string; image: string };
}

export interface Command {
  argv: [string, ...string[]];
  stdin?: string;
}

/** The command that starts the wrapper outside our process tree and returns at once (SHIP-120). */
export const DETACH: Readonly<Record<Transport, (call: WrapperCall, host: DetachHost) => Command>> = {
  setsid: (call, host) => ({ argv: [host.nodePath, '-e', NEW_SESSION, ...wrapperArgv(call)] }),

  'systemd-run': (call, host) => ({
    argv: [
      'systemd-run',
      ...(host.root ? [] : ['--user']),
      '--collect',
      '--quiet',
      `--unit=orchestrator-deploy-${call.deployId}`,
      // Without this systemd would end whatever the hook started together with the wrapper.
      '--property=KillMode=process',
      ...wrapperArgv(call),
    ],
  }),

  docker: (call, host) => {
    const [program, ...args] = wrapperArgv(call);
    return {
      argv: [
        'docker',
        'run',
        '--detach',
        '--rm',
        `--name=orchestrator-deploy-${call.deployId}`,
        '--network=host',
        `--volumes-from=${host.container?.id ?? ''}`,
        `--entrypoint=${program}`,
        host.container?.image ?? '',
        ...args,
      ],
    };
  },

  ssh: (call, host) => ({
    argv: sshArgv(host),
    // The session must exist before the connection ends, so the script waits for the wrapper's first sign.
    stdin: [
      `setsid ${wrapperArgv(call).map(shellWord).join(' ')} </dev/null >/dev/null 2>&1 &`,
      `n=0; while [ ! -f ${shellWord(call.files.started)} ] && [ $n -lt 100 ]; do sleep 0.1; n=$((n + 1)); done`,
      '',
    ].join('\n'),
  }),
};

/** `ssh` that runs the script on its standard input on the deploy host and never asks anything. */
export function sshArgv(host: DetachHost): [string, ...string[]] {
  const { host: name = '', user } = host.ssh ?? {};
  const target = user ? `${user}@${name}` : name;
  return ['ssh', '-o', 'BatchMode=yes', '-o', 'ConnectTimeout=10', '--', target, 'sh', '-s'];
}

/** A word a POSIX shell reads back exactly. */
export const shellWord = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

function wrapperArgv(call: WrapperCall): [string, ...string[]] {
  const { files, stateDir, deployId, sha, mode, hookPath } = call;
  return ['/bin/sh', files.wrapper, stateDir, deployId, sha, mode, hookPath];
}

/** `detached` is setsid(2) wherever Node runs; the closed streams keep nothing of us open. */
const NEW_SESSION = `
const { spawn } = require('node:child_process');
const [program, ...args] = process.argv.slice(1);
spawn(program, args, { detached: true, stdio: 'ignore' }).unref();
`;
