import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { type Program, startProgram } from '../program.ts';
import { until } from '../until.ts';
import type { TestHost, TestHosts } from './host.ts';

const ip = (...args: string[]): void => {
  execFileSync('ip', args, { stdio: 'pipe' });
};

/** Why no namespaces can be made here; null where they can. */
export function lackOfNamespaces(): string | null {
  if (process.platform !== 'linux') return 'network namespaces are a thing of Linux';
  if (process.getuid?.() !== 0) return 'network namespaces can be made by root only';
  const probe = `orch${process.pid}.0`;
  try {
    ip('netns', 'add', probe);
    ip('link', 'add', probe, 'type', 'veth', 'peer', 'name', 'up0', 'netns', probe);
    const seen = spawnSync('ip', ['netns', 'exec', probe, ...UNSHARED, 'true']);
    return seen.status === 0 ? null : `unshare failed: ${seen.stderr}`;
  } catch (error) {
    return `network namespaces cannot be made: ${String(error).split('\n')[0]}`;
  } finally {
    spawnSync('ip', ['netns', 'del', probe]);
  }
}

/** Own processes and mounts; all of it dies with the process it is started by. */
const UNSHARED = ['unshare', '--pid', '--fork', '--kill-child', '--mount-proc', '--'];
/** Hides directories, then becomes the program. */
const HIDE =
  'while [ "$1" != -- ]; do mount -t tmpfs -o ro,mode=0 hidden "$1" || exit 90; shift; done; shift; exec "$@"';

/**
 * Hosts with a network, processes and mounts of their own. Each has one cable to this machine; directories of
 * `hidden` are not there for them.
 */
export function createNamespaces(dir: string, hidden: readonly string[]): TestHosts {
  const mine: { name: string; crash(): Promise<void> }[] = [];
  return {
    kind: 'namespaces',
    add(name) {
      const host = addHost({ name, dir: path.join(dir, name), number: mine.length + 1, hidden });
      mine.push({ name: host.space, crash: host.crash });
      return host;
    },
    async remove() {
      for (const { name, crash } of mine) {
        await crash();
        spawnSync('ip', ['netns', 'del', name]);
      }
    },
  };
}

interface Plan {
  name: string;
  dir: string;
  number: number;
  hidden: readonly string[];
}

function addHost({ name, dir, number, hidden }: Plan): TestHost & { space: string } {
  // The kernel takes 15 characters for the name of a cable.
  const space = `orch${process.pid}.${number}`;
  const cable = space;
  const net = `10.${200 + (process.pid % 50)}.${(process.pid >> 6) % 250}`;
  const [gateway, own] = [`${net}.${number * 4 + 1}`, `${net}.${number * 4 + 2}`];
  mkdirSync(dir, { recursive: true });
  ip('netns', 'add', space);
  ip('link', 'add', cable, 'type', 'veth', 'peer', 'name', 'up0', 'netns', space);
  ip('addr', 'add', `${gateway}/30`, 'dev', cable);
  ip('link', 'set', cable, 'up');
  ip('-n', space, 'addr', 'add', `${own}/30`, 'dev', 'up0');
  ip('-n', space, 'link', 'set', 'up0', 'up');
  ip('-n', space, 'link', 'set', 'lo', 'up');
  const under = ['ip', 'netns', 'exec', space, ...UNSHARED, 'sh', '-c', HIDE, 'sh', ...hidden, '--'];
  const running = new Set<Program>();
  return {
    ...{ name, dir, gateway, space },
    async start(argv, env) {
      const outer = startProgram(argv, env, under);
      running.add(outer);
      void outer.exited.then(() => running.delete(outer));
      await outer.ready();
      const pid = await until(() => childOf(outer.pid), { what: `${name} runs` });
      return { ...outer, pid, signal: (signal) => void process.kill(pid, signal) };
    },
    evaluate(script) {
      const [command = '', ...args] = [...under, process.execPath, '--eval', script];
      return execFileSync(command, args, { encoding: 'utf8' }).trim();
    },
    async crash() {
      const programs = [...running];
      for (const { signal } of programs) signal('SIGKILL');
      await Promise.all(programs.map(({ exited }) => exited));
    },
    cut: () => ip('link', 'set', cable, 'down'),
    mend: () => ip('link', 'set', cable, 'up'),
  };
}

/** The first child of a process; undefined before it has one. */
const childOf = (pid: number): number | undefined =>
  Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')[0]) || undefined;
