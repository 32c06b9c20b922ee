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

const start = (script: string, args: readonly string[]): ChildProcess =>
  spawn(process.execPath, [script, ...args], { cwd: DIR, stdio: ['ignore', 'pipe', 'ignore'] });

/** Runs a peer to its end; the result is the last line it prints. */
export async function runPeer<T>(script: string, args: readonly string[]): Promise<T> {
  const child = start(script, args);
  let output = '';
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
    output += chunk;
  });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`the peer ${script} ended with ${code}`);
  return JSON.parse(output.trimEnd().split('\n').at(-1) ?? 'null');
}

/** Starts a peer that serves on the port of its first line. */
export async function servePeer(
  script: string,
  args: readonly string[],
): Promise<{ port: number; stop(): Promise<void> }> {
  const child = start(script, args);
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
