import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../system/free-port.ts';
import { redisBinary } from '../../system/redis.ts';
import { instantSteps } from '../../system/stand-ins.ts';
import { projectsJson, SETTINGS, startSystem } from '../../system/system.ts';
import { createTasks, untilAll } from '../tasks.ts';

const MAIN = fileURLToPath(new URL('../../../dist/main.js', import.meta.url));
const MB = 2 ** 20;

/** Resident memory of a process in MB, as Linux counts it; NaN elsewhere. */
function residentMb(pid: number): number {
  try {
    return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
  } catch {
    return Number.NaN;
  }
}

export interface RestOptions {
  live: number;
  /** Seconds after the start until the memory is read. */
  settleS: number;
}

/** Memory of `orchestrator start`, the real process, with so many live tasks and nothing to do. */
export async function memoryAtRest({ live, settleS }: RestOptions): Promise<{ mb: number }> {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'orch-memory-'));
  try {
    if (live > 0) {
      const seeding = await startSystem({ dataDir, standIns: instantSteps, settings: FAST });
      const ids = await createTasks(seeding.app, { count: live, name: 'live', lifted: false });
      await untilAll(seeding.app, ids, ({ activity }) => activity.kind === 'approval');
      await seeding.stop();
    }
    const env = {
      PATH: process.env.PATH ?? '',
      HOME: dataDir,
      ...SETTINGS,
      ORCH_DATA_DIR: dataDir,
      ORCH_HTTP_PORT: String(await freePort()),
      ORCH_LOCAL_CHAT_PORT: String(await freePort()),
      ORCH_REDIS_SERVER_BIN: await redisBinary(),
      ORCH_PROJECTS_JSON: projectsJson(),
    };
    const child = spawn(process.execPath, [MAIN, 'start', '--json'], {
      env,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const exited = once(child, 'exit');
    await Promise.race([once(child.stdout, 'data'), exited]);
    await delay(settleS * 1000);
    const mb = residentMb(child.pid ?? 0);
    child.kill('SIGTERM');
    await exited;
    return { mb };
  } finally {
    await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
  }
}

const FAST = { ORCH_AGENT_STARTS_PER_MIN: '1000000', ORCH_POST_DEPLOY_ENABLED: 'false' };

export interface SoakOptions {
  seconds: number;
  /** Tasks under way at once. */
  width: number;
}

/** Heap after a collection, early and at the end, while task after task goes through every stage. */
export async function soak({
  seconds,
  width,
}: SoakOptions): Promise<{ growthMb: number; tasks: number; heapMb: number }> {
  const concurrency = { ORCH_MAX_CONCURRENCY: '10', ORCH_WORKER_CAPACITY: '10', ORCH_GATE_CONCURRENCY: '10' };
  const { app, stop } = await startSystem({ standIns: instantSteps, settings: { ...FAST, ...concurrency } });
  const heapMb = () => {
    globalThis.gc?.();
    return process.memoryUsage().heapUsed / MB;
  };
  try {
    const startedAt = performance.now();
    const elapsed = () => (performance.now() - startedAt) / 1000;
    let tasks = 0;
    let early: number | null = null;
    for (let batch = 0; elapsed() < seconds || early === null; batch += 1) {
      const ids = await createTasks(app, { count: width, name: `soak ${batch}`, lifted: true });
      await untilAll(app, ids, ({ stage }) => stage === 'done');
      tasks += ids.length;
      // The first third warms up: caches of the compiler and of statements fill.
      if (early === null && elapsed() > seconds / 3) early = heapMb();
    }
    const late = heapMb();
    return { growthMb: Math.max(0, late - early), tasks, heapMb: late };
  } finally {
    await stop();
  }
}
