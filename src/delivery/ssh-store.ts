import { AppError } from '../errors.ts';
import { shellWord } from './detach.ts';
import { hookFiles } from './hook-files.ts';
import { type HookStore, parcelFiles } from './hook-store.ts';

/** Runs a POSIX shell script on the deploy host and returns its output. */
export type RemoteShell = (
  script: string,
) => Promise<{ exitCode: number | null; stdout: string; stderr: string }>;

/**
 * State directory on the deploy host (SHIP-121, `ssh`). Contents travel as base64 inside the script, so no byte of
 * them is read by a shell. Throws `deploy-host-unreachable` (worth a retry) when the script cannot be run.
 */
export function createSshHookStore(options: { stateDir: string; shell: RemoteShell }): HookStore {
  const run = async (script: string): Promise<string> => {
    const { exitCode, stdout, stderr } = await options.shell(script);
    if (exitCode === 0) return stdout;
    const found = stderr.trim().split('\n').at(-1) || `exit code ${exitCode}`;
    throw new AppError('deploy-host-unreachable', `Expected an answer of the deploy host, found: ${found}.`, {
      fault: 'environment',
      retry: true,
      hint: 'Check ORCH_DEPLOY_SSH_HOST, ORCH_DEPLOY_SSH_USER and the key.',
    });
  };
  return {
    async put(deployId, parcel) {
      const files = hookFiles(options.stateDir, deployId);
      const writes = parcelFiles(files, parcel).map(({ path, text, mode }) => {
        const target = shellWord(path);
        const bytes = Buffer.from(text).toString('base64');
        return `printf %s '${bytes}' | base64 -d >${target} && chmod ${mode.toString(8)} ${target} || exit 1`;
      });
      await run(['umask 077', `mkdir -p ${shellWord(options.stateDir)} || exit 1`, ...writes, ''].join('\n'));
      return files;
    },
    async read(deployId) {
      const files = hookFiles(options.stateDir, deployId);
      const answer = parseAnswer(await run(readScript(files)));
      return {
        started: answer('started'),
        result: answer('result'),
        aliveAgeMs: secondsToMs(answer('age')),
      };
    },
  };
}

/** One line per file that exists: its name and its content in base64; the heartbeat's age in seconds. */
function readScript(files: { started: string; alive: string; result: string }): string {
  const show = (name: string, path: string) =>
    `[ ! -f ${path} ] || { printf '${name} '; base64 <${path} | tr -d '\\n'; echo; }`;
  const alive = shellWord(files.alive);
  const age = `$(( $(date +%s) - $(stat -c %Y ${alive} 2>/dev/null || stat -f %m ${alive}) ))`;
  return [
    show('started', shellWord(files.started)),
    `[ ! -f ${alive} ] || { printf 'age '; printf %s "${age}" | base64; }`,
    show('result', shellWord(files.result)),
    '',
  ].join('\n');
}

function parseAnswer(text: string): (name: string) => string | null {
  const values = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [name = '', value] = line.split(' ', 2);
    if (value !== undefined) values.set(name, Buffer.from(value, 'base64').toString('utf8'));
  }
  return (name) => values.get(name) ?? null;
}

const secondsToMs = (seconds: string | null): number | null =>
  seconds === null ? null : Math.max(0, Number(seconds)) * 1_000;
