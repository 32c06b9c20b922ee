import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { listMarkers, type RunMarker } from '../../../src/agent/run-marker.ts';
import { isAlive } from '../../../src/subprocess.ts';
import { AGENT_AIMS, AIMS, type FaultKind, type Scene } from '../fault.ts';
import type { Witness } from '../witness.ts';

const S = 1000;
/** Supervisors wait about as long before they start something again. */
const AWAY_MS = 500;

/** Each has ended for the system, or its task has gone on without it: then nothing waits for it any more. */
const doneWith = (witness: Witness, runs: readonly string[]): boolean => {
  const marks = runs.map(() => '?').join(', ');
  const done = witness.rows<{ n: number }>(
    `select count(*) as n from runs join tasks on tasks.id = runs.task
     where runs.id in (${marks}) and (runs.status = 'ended' or runs.fence < tasks.fence)`,
    ...runs,
  );
  return runs.length === 0 || done[0]?.n === runs.length;
};

const runsOf = ({ house }: Scene): { marker: RunMarker; host: number }[] =>
  house.runsDirs
    .flatMap((dir, host) => listMarkers(dir).map((marker) => ({ marker, host })))
    .filter(({ marker }) => marker.child !== null && isAlive(marker.child));

function killPid(pid: number): boolean {
  try {
    process.kill(pid, 'SIGKILL');
    return true;
  } catch {
    return false;
  }
}

const killWorker = (n: 0 | 1): FaultKind => ({
  name: `worker ${['one', 'two'][n]} killed`,
  how: 'SIGKILL to the worker process; what its agents have started lives on',
  heals: `started again after ${AWAY_MS} ms`,
  weight: 3,
  resource: (['one', 'two'] as const)[n],
  aims: AIMS,
  holdMs: 0,
  boundMs: 20 * S,
  async inject(scene) {
    const worker = scene.house.workers[n];
    if (!worker?.isUp()) return null;
    const runs = runsOf(scene)
      .filter(({ marker }) => marker.worker?.pid === worker.pid())
      .map(({ marker }) => marker.runId);
    const { back } = await worker.kill(AWAY_MS);
    return {
      what: `with ${runs.length === 0 ? 'no run' : runs.join(', ')}`,
      heal: () => back,
      noticed: () => doneWith(scene.witness, runs),
    };
  },
});

export const KILLS: readonly FaultKind[] = [
  {
    name: 'control killed',
    how: 'SIGKILL to the control process',
    heals: `started again after ${AWAY_MS} ms`,
    weight: 8,
    resource: 'control',
    aims: AIMS,
    holdMs: 0,
    // What it leaves undone has no bound of its own: the oracle looks at the end.
    boundMs: null,
    async inject({ house }) {
      if (!house.control.isUp()) return null;
      const { back } = await house.control.kill(AWAY_MS);
      return { what: `start ${house.control.starts()}`, heal: () => back };
    },
  },
  killWorker(0),
  killWorker(1),
  {
    name: 'agent killed',
    how: 'SIGKILL to the CLI alone',
    heals: 'by a new run',
    weight: 8,
    resource: 'agents',
    aims: AGENT_AIMS,
    holdMs: 0,
    boundMs: 15 * S,
    async inject(scene) {
      const [victim] = scene.random.shuffled(runsOf(scene));
      if (victim?.marker.child == null || !killPid(victim.marker.child.pid)) return null;
      const { runId } = victim.marker;
      return { what: runId, noticed: () => doneWith(scene.witness, [runId]) };
    },
  },
  {
    name: 'grandchild killed',
    how: 'SIGKILL to a process an agent left in a session of its own',
    heals: 'nothing to heal',
    weight: 3,
    resource: 'agents',
    aims: [],
    patienceMs: 10 * S,
    holdMs: 0,
    boundMs: null,
    async inject({ house }) {
      const lines = readFileSync(house.ledger, 'utf8').trim().split('\n').filter(Boolean);
      const children = lines.map((line) => JSON.parse(line)).filter(({ what }) => what === 'grandchild');
      const pid = children.map(({ child }) => child as number).find((child) => isSleeper(child));
      if (pid === undefined || !killPid(pid)) return null;
      return { what: `pid ${pid}` };
    },
  },
  {
    name: 'deploy killed',
    how: 'SIGKILL to the hook and its wrapper, before or after it has released',
    heals: 'by the version production serves, or by a person who tries again',
    weight: 1,
    resource: 'hook',
    aims: [],
    patienceMs: 60 * S,
    holdMs: 0,
    boundMs: 45 * S,
    async inject({ house, witness, random }) {
      const pid = pidsOf(`${house.production.hook}\0`, '.wrapper.sh\0').find(isShell);
      if (pid === undefined) return null;
      await delay(random.below(400));
      const deployId = commandOf(pid).split('\0')[3] ?? '';
      if (!killPid(-pid)) return null;
      const [task, attempt] = deployId.slice(1).split('-').map(Number);
      const judged = () =>
        witness.rows(
          "select 1 from verdicts where task = ? and attempt = ? and step = 'finalize-deploy'",
          task,
          attempt,
        ).length > 0;
      return { what: deployId, noticed: judged };
    },
  },
];

const pidsOf = (...words: readonly string[]): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => words.every((word) => commandOf(pid).includes(word)));

/** Not the short-lived process that starts the wrapper in a session of its own. */
const isShell = (pid: number): boolean => commandOf(pid).startsWith('/bin/sh\0');

/** Pids are given again: only ours sleeps like this. */
const isSleeper = (pid: number): boolean => commandOf(pid).includes('setInterval(()=>{},1000)');

/** Its words, each ended by a zero byte; empty for a process that is gone. */
function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}
