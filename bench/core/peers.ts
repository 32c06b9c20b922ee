import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const DIR = fileURLToPath(new URL('../peers/', import.meta.url));

/** Why the systems of others cannot be measured; null when they can. */
export function peersProblem(wanted: boolean): string | null {
  if (!wanted) return 'no peers: ask for them with --peers';
  if (existsSync(`${DIR}node_modules`)) return null;
  return 'no peers: they have a package file of their own, run npm ci --ignore-scripts in bench/peers';
}

/** The oldest Node that a peer runs on; ours where it is new enough, else the one that comes with the peers. */
function nodeFor(major: number): string {
  const bundled = `${DIR}node_modules/node-${process.platform}-${process.arch}/bin/node`;
  if (Number(process.versions.node.split('.')[0]) >= major) return process.execPath;
  if (existsSync(bundled)) return bundled;
  throw new Error(`it needs Node ${major}`);
}

const start = (script: string, args: readonly string[], node = process.execPath): ChildProcess =>
  spawn(node, [script, ...args], { cwd: DIR, stdio: ['ignore', 'pipe', 'pipe'] });

/** Runs a peer to its end; the result is the last line it prints. `node`: the oldest one it runs on. */
export async function runPeer<T>(
  script: string,
  args: readonly string[],
  { node = 20 }: { node?: number } = {},
): Promise<T> {
  const child = start(script, args, nodeFor(node));
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (chunk: string) => {
      output[name] += chunk;
    });
  }
  const [code] = await once(child, 'close');
  const last = (text: string): string => text.trimEnd().split('\n').at(-1) ?? '';
  if (code !== 0)
    throw new Error(`${script} ended with ${code}: ${/^\w*Error: .*$/m.exec(output.stderr)?.[0]}`);
  return JSON.parse(last(output.stdout));
}

/** Starts a peer that serves on the port of its first line. */
export async function servePeer(
  script: string,
  args: readonly string[],
): Promise<{ port: number; stop(): Promise<void> }> {
  const child = start(script, args);
  child.stderr?.resume();
  const exited = once(child, 'exit');
  const [line] = (await once(child.stdout ?? child, 'data')) as [Buffer];
  return {
    port: (JSON.parse(line.toString()) as { port: number }).port,
    async stop() {
      child.kill();
      await exited;
    },
  };
}
