import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { prepareRedisFiles } from '../../../src/queues/redis-files.ts';
import { instantSteps } from '../../system/stand-ins.ts';
import { startSystem } from '../../system/system.ts';
import { until } from '../../system/until.ts';
import { createTasks, untilAll } from '../tasks.ts';

export interface HostsOptions {
  hosts: number;
  tasks: number;
  /** Of every run and every check. */
  stepMs: number;
  /** Runs at the same time of one host, and checks. */
  atOnce: number;
}

export interface HostOptions extends Pick<HostsOptions, 'stepMs' | 'atOnce'> {
  name: string;
  socket: string;
  prefix: string;
  dir: string;
}

export interface HostsRound {
  tasks: number;
  seconds: number;
}

/** The loaders of this process, so that hosts run the same program; a test has none that a child could use. */
const LOADERS = process.execArgv.includes('tsx') ? process.execArgv : ['--import', 'tsx'];
const HOST = fileURLToPath(new URL('./host.ts', import.meta.url));

/** Tasks through every stage where runs and checks are done by worker hosts alone, the rest by control at once. */
export async function hostsRound({ hosts, tasks, stepMs, atOnce }: HostsOptions): Promise<HostsRound> {
  const all = String(hosts * atOnce);
  const { app, dataDir, stop } = await startSystem({
    standIns: (running) => {
      const { 'run-agent': _, 'run-check': __, ...own } = instantSteps(running);
      return own;
    },
    settings: {
      // Neither: control leaves both to the hosts.
      ORCH_WORKER_ROLES: ',',
      ORCH_MAX_CONCURRENCY: all,
      ORCH_GATE_CONCURRENCY: '10',
      ORCH_AGENT_STARTS_PER_MIN: '1000000',
      ORCH_POST_DEPLOY_ENABLED: 'false',
    },
  });
  const { socketPath: socket } = await prepareRedisFiles({ dataDir });
  const { prefix } = app.queueing.connections;
  const running: ChildProcess[] = [];
  try {
    for (let n = 1; n <= hosts; n += 1) {
      const name = `host-${n}`;
      const options: HostOptions = { name, socket, prefix, dir: path.join(dataDir, name), stepMs, atOnce };
      running.push(
        spawn(process.execPath, [...LOADERS, HOST, JSON.stringify(options)], { stdio: 'inherit' }),
      );
    }
    const { checks } = app.queueing.publisher.queues;
    // Control's own is among them.
    await until(
      () => `${hosts} hosts`,
      async () => (await checks.getWorkers()).length > hosts,
    );
    await untilAll(app, await createTasks(app, { count: 2 * hosts, name: 'warm', lifted: true }), isDone);
    const startedAt = performance.now();
    await untilAll(app, await createTasks(app, { count: tasks, name: 'task', lifted: true }), isDone);
    return { tasks, seconds: (performance.now() - startedAt) / 1000 };
  } finally {
    for (const host of running) {
      host.kill('SIGKILL');
      if (host.exitCode === null && host.signalCode === null) await once(host, 'exit');
    }
    await stop();
  }
}

const isDone = ({ stage }: { stage: string }): boolean => stage === 'done';
