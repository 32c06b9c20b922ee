import { readFileSync } from 'node:fs';
import { listMarkers, type RunMarker } from '../../src/agent/run-marker.ts';
import { isAlive } from '../../src/subprocess.ts';
import type { Fault as GiteaFault } from '../support/gitea/server.ts';
import type { Fault as PlaneFault } from '../support/plane/server.ts';
import type { FaultKind, Injected, Scene } from './fault.ts';
import type { Mood } from './house/post-office.ts';
import type { Witness } from './witness.ts';

const S = 1000;
/** Supervisors wait about as long before they start something again. */
const AWAY_MS = 500;

const endedAll = (witness: Witness, runs: readonly string[]): boolean => {
  const marks = runs.map(() => '?').join(', ');
  const ended = witness.rows<{ n: number }>(
    `select count(*) as n from runs where status = 'ended' and id in (${marks})`,
    ...runs,
  );
  return runs.length === 0 || ended[0]?.n === runs.length;
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
  how: 'SIGKILL to the worker process; its agents live on as orphans',
  heals: `started again after ${AWAY_MS} ms`,
  weight: 3,
  resource: (['one', 'two'] as const)[n],
  aimed: true,
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
      noticed: () => endedAll(scene.witness, runs),
    };
  },
});

const KILLS: readonly FaultKind[] = [
  {
    name: 'control killed',
    how: 'SIGKILL to the control process',
    heals: `started again after ${AWAY_MS} ms`,
    weight: 8,
    resource: 'control',
    aimed: true,
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
    aimed: true,
    holdMs: 0,
    boundMs: 15 * S,
    async inject(scene) {
      const [victim] = scene.random.shuffled(runsOf(scene));
      if (victim?.marker.child == null || !killPid(victim.marker.child.pid)) return null;
      const { runId } = victim.marker;
      return { what: runId, noticed: () => endedAll(scene.witness, [runId]) };
    },
  },
  {
    name: 'grandchild killed',
    how: 'SIGKILL to a process an agent left in a session of its own',
    heals: 'nothing to heal',
    weight: 3,
    resource: 'agents',
    aimed: false,
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
];

/** Pids are given again: only ours sleeps like this. */
function isSleeper(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('setInterval(()=>{},1000)');
  } catch {
    return false;
  }
}

const redisKind = (kind: Omit<FaultKind, 'resource' | 'aimed'>): FaultKind => ({
  ...kind,
  resource: 'redis',
  aimed: true,
});
const EPOCH = 'orch:epoch';
const FILLED_MS = 30 * S;

const REDIS: readonly FaultKind[] = [
  redisKind({
    name: 'redis killed',
    how: 'SIGKILL to the server',
    heals: 'started again after a second with what its log kept',
    weight: 3,
    holdMs: S,
    boundMs: FILLED_MS,
    async inject({ house: { redis } }) {
      await redis.kill();
      return { what: 'the server', heal: () => redis.start(), noticed: async () => redis.has(EPOCH) };
    },
  }),
  redisKind({
    name: 'redis restarted empty',
    how: 'SIGKILL, its data directory removed',
    heals: 'started again at once, empty',
    weight: 3,
    holdMs: 0,
    boundMs: FILLED_MS,
    async inject({ house: { redis } }) {
      await redis.kill();
      await redis.start({ empty: true });
      return { what: 'all of it', noticed: async () => redis.has(EPOCH) };
    },
  }),
  redisKind({
    name: 'redis flushed',
    how: 'FLUSHALL',
    heals: 'by the system itself',
    weight: 4,
    holdMs: 0,
    boundMs: FILLED_MS,
    async inject({ house: { redis } }) {
      await redis.flush();
      return { what: 'all of it', noticed: async () => redis.has(EPOCH) };
    },
  }),
  redisKind({
    name: 'redis slow',
    how: 'every piece on the line is 150 ms late',
    heals: 'after 3 s',
    weight: 3,
    holdMs: 3 * S,
    boundMs: null,
    async inject({ house: { redis } }) {
      redis.line.delayMs = 150;
      return {
        what: 'the line',
        heal: () => {
          redis.line.delayMs = 0;
        },
      };
    },
  }),
  redisKind({
    name: 'redis paused',
    how: 'CLIENT PAUSE for 2 s',
    heals: 'by itself',
    weight: 2,
    holdMs: 2 * S,
    boundMs: null,
    async inject({ house: { redis } }) {
      await redis.pause(2 * S);
      return { what: 'all clients' };
    },
  }),
  redisKind({
    name: 'redis away',
    how: 'the line is cut and refuses',
    heals: 'mended after 4 s',
    weight: 3,
    holdMs: 4 * S,
    boundMs: null,
    async inject({ house: { redis } }) {
      redis.line.cut();
      return { what: 'the line', heal: () => redis.line.mend() };
    },
  }),
];

const webhooks = (mood: Mood, how: string): FaultKind => ({
  name: `webhooks ${mood}`,
  how,
  heals: 'after 4 s',
  weight: 6,
  resource: 'post',
  aimed: false,
  holdMs: 4 * S,
  boundMs: null,
  async inject({ house: { post } }) {
    const before = post.treated(mood);
    post.treat(mood, 6);
    return {
      get what() {
        return `${post.treated(mood) - before} of them`;
      },
      heal: () => post.heal(),
    };
  },
});

const WEBHOOKS: readonly FaultKind[] = [
  webhooks('lost', 'the next six of tracker and forge never arrive'),
  webhooks('doubled', 'the next six arrive twice at once'),
  webhooks('delayed', 'the next six arrive 1.5 s late'),
  webhooks('reordered', 'the next six are held back and arrive in reverse'),
];

/** What a server answers instead, for the next calls. */
const ANSWERS = [
  { name: '429', how: '429 with Retry-After', times: 3 },
  { name: '5xx', how: '502', times: 3 },
  { name: 'time-out', how: 'no answer', times: 2 },
  { name: 'answer lost', how: 'the work is done, the line is cut', times: 2 },
] as const;
type Answer = (typeof ANSWERS)[number]['name'];

const REST_ANSWERS: Readonly<Record<Answer, PlaneFault['do'] & GiteaFault['do']>> = {
  '429': { status: 429, headers: { 'retry-after': '1' } } as PlaneFault['do'] & GiteaFault['do'],
  '5xx': { status: 502 },
  'time-out': 'hang',
  'answer lost': 'drop-after',
};

const server = (
  resource: 'plane' | 'gitea' | 'telegram',
  { name, how, times }: (typeof ANSWERS)[number],
  inject: (scene: Scene, times: number) => Injected,
): FaultKind => ({
  name: `${{ plane: 'tracker', gitea: 'forge', telegram: 'chat' }[resource]}: ${name}`,
  how: `${how}, for the next ${times} calls`,
  heals: 'after 3 s',
  weight: 3,
  resource,
  aimed: false,
  holdMs: 3 * S,
  boundMs: null,
  inject: async (scene) => inject(scene, times),
});

/** The faults of these servers are entries of a list that calls use up. */
function restFault(list: object[], fault: { times: number }): Injected {
  const asked = fault.times;
  list.push(fault);
  return {
    get what() {
      return `${asked - (list.includes(fault) ? fault.times : 0)} calls`;
    },
    heal: () => {
      const at = list.indexOf(fault);
      if (at >= 0) list.splice(at, 1);
    },
  };
}

const REST = ANSWERS.flatMap((answer) =>
  (['plane', 'gitea'] as const).map((name) =>
    server(name, answer, ({ house: { servers } }, times) =>
      restFault(servers[name].faults, { matches: () => true, do: REST_ANSWERS[answer.name], times } as never),
    ),
  ),
);

const CHAT_FAULTS = {
  '429': {
    kind: 'refuse',
    code: 429,
    description: 'Too Many Requests: retry after 1',
    parameters: { retry_after: 1 },
  },
  '5xx': { kind: 'gateway', status: 502 },
  'time-out': { kind: 'hang' },
  'answer lost': { kind: 'drop-after' },
} as const;

const CHAT = ANSWERS.map((answer) =>
  server('telegram', answer, ({ house: { servers } }, times) => {
    // Telegram knows no idempotent send: whoever lost the answer to one cannot know (PUB-10). Edits can be repeated.
    const rule = answer.name === 'answer lost' ? { methods: ['editMessageText'], times } : { times };
    const heal = servers.telegram.faults.add(CHAT_FAULTS[answer.name], rule);
    return { what: `up to ${times} calls`, heal };
  }),
);

const DISKS: readonly FaultKind[] = (['runs', 'db'] as const).map((name) => ({
  name: `disk full under the ${{ runs: 'run logs', db: 'database' }[name]}`,
  how: 'its volume is filled to the last byte',
  heals: 'freed after 3 s',
  weight: 3,
  resource: 'disk',
  aimed: true,
  holdMs: 3 * S,
  boundMs: null,
  possible: ({ disks }) => disks[name].mounted,
  async inject({ house: { disks } }) {
    disks[name].fill();
    return { what: disks[name].dir.split('/').at(-1) ?? '', heal: () => disks[name].free() };
  },
}));

const clock = (minutes: number): FaultKind => ({
  name: `clock ${minutes > 0 ? 'ahead' : 'back'}`,
  how: `the wall clock of one process jumps by ${minutes} min`,
  heals: 'jumps back after 5 s',
  weight: 2,
  resource: 'clock',
  aimed: false,
  holdMs: 5 * S,
  boundMs: null,
  async inject({ house, random }) {
    const program = random.pick([house.control, house.control, ...house.workers]);
    program.shiftClock(minutes * 60 * S);
    return { what: program.name, heal: () => program.shiftClock(0) };
  },
});

/** Every kind of fault this lane knows. */
export const KINDS: readonly FaultKind[] = [
  ...KILLS,
  ...REDIS,
  ...WEBHOOKS,
  ...REST,
  ...CHAT,
  ...DISKS,
  clock(0.5),
  clock(-0.5),
];
