import { statfs } from 'node:fs/promises';
import type { ChatBot } from '../../bot/bot.ts';
import type { ReadyCheck } from '../../http/routes/ready.ts';
import { PAYLOAD_VERSION } from '../../queues/catalog.ts';
import type { Crew } from '../hosts/crew.ts';
import { majorOf } from '../hosts/roll-call.ts';
import type { Parts } from '../parts.ts';
import type { Queueing } from '../queueing.ts';
import type { PlaneWatch } from '../watch/plane-watch.ts';
import { named } from './health.ts';

export interface ReadyChecksDeps {
  parts: Parts;
  queueing: Queueing;
  crew: Pick<Crew, 'roll'>;
  planeWatch: Pick<PlaneWatch, 'report'>;
  bot: Pick<ChatBot, 'connection'>;
}

const MB = 1024 ** 2;
/** An effect older than this waits for something that does not come. */
const OUTBOX_LATE_S = 300;

type Check = (deps: ReadyChecksDeps) => ReturnType<ReadyCheck['check']>;

const workers: Check = ({ parts: { config, place }, crew }) => {
  const heard = crew.roll
    .workers()
    .filter(({ heardAt }) => place.now() - heardAt < config.redis.workerLostS * 1000);
  const other = heard.filter(({ last }) => majorOf(last.version) !== majorOf(place.version));
  const named = other.map(({ last }) => `${last.name} runs version ${last.version}`);
  const unready = heard
    .filter(({ last }) => !last.preflight.ok)
    .map(({ last }) => `${last.name}: ${last.preflight.detail}`);
  const able = heard.filter(
    ({ last }) =>
      last.roles.includes('agents') && last.preflight.ok && !other.some((one) => one.last === last),
  ).length;
  return { ok: able > 0, detail: [`${able} can run agents`, ...named, ...unready].join('; ') };
};

const disk: Check = async ({ parts: { config } }) => {
  const { bavail, bsize } = await statfs(config.server.dataDir);
  const freeMb = Math.floor((bavail * bsize) / MB);
  return { ok: freeMb >= config.agents.minFreeDiskMb, detail: `${freeMb} MB free` };
};

const controlLease: Check = ({ parts: { house, place } }) => {
  const held = house.leases.held().find(({ kind }) => kind === 'control');
  return { ok: held !== undefined && held.expiresAt > place.now(), detail: held?.holder ?? 'not held' };
};

const outboxAge: Check = ({ parts: { house, place } }) => {
  const { oldestS, pending } = house.outbox.stats(place.now());
  return { ok: pending === 0 || oldestS < OUTBOX_LATE_S, detail: `${pending} pending, oldest ${oldestS} s` };
};

const chat: Check = ({ bot }) => ({ ok: bot.connection() === 'ok', detail: bot.connection() });

/** The kinds in use, and the boards whose last look failed. */
const tracker: Check = (deps) => {
  const { detail } = named('tracker')(deps);
  const failed = Object.entries(deps.planeWatch.report().projects).filter(([, { ok }]) => !ok);
  return {
    ok: failed.length === 0,
    detail: [detail, ...failed.map(([repo, { error }]) => `${repo}: ${error}`)].join('; '),
  };
};

/** A job of a newer program waits for that program (REC-172). */
const version: Check = ({ parts: { place }, queueing: { newer } }) => {
  if (newer.payload === null) return { ok: true, detail: `${place.version}, payload ${PAYLOAD_VERSION}` };
  const met = `a job of payload ${newer.payload} was put back`;
  return { ok: false, detail: `${met}: ${place.version} reads ${PAYLOAD_VERSION}; start the newer program` };
};

/** The checks of `/ready` (REC-140); chat, tracker and forge never make it 503. */
const CHECKS: readonly { name: string; required: boolean; check: Check }[] = [
  {
    name: 'db',
    required: true,
    check: ({ parts }) => ({ ok: parts.house.tasks.counts() !== null, detail: 'readable' }),
  },
  {
    name: 'redis',
    required: true,
    check: async ({ queueing }) => {
      const ok = await queueing.publisher.isUp();
      return { ok, detail: ok ? 'up' : 'down' };
    },
  },
  { name: 'control_lease', required: true, check: controlLease },
  // The process would not have started with a migration missing.
  { name: 'migrations', required: true, check: ({ parts }) => schemaOf(parts) },
  { name: 'workers', required: true, check: workers },
  { name: 'disk', required: true, check: disk },
  { name: 'outbox_age', required: true, check: outboxAge },
  { name: 'version', required: false, check: version },
  { name: 'chat', required: false, check: chat },
  { name: 'tracker', required: false, check: tracker },
  { name: 'forge', required: false, check: named('forge') },
];

function schemaOf({ house }: Parts) {
  const applied = Number(house.db.$client.prepare('select count(*) from __drizzle_migrations').pluck().get());
  return { ok: applied > 0, detail: `schema ${applied}` };
}

export const readyChecks = (deps: ReadyChecksDeps): ReadyCheck[] =>
  CHECKS.map(({ name, required, check }) => ({ name, required, check: () => check(deps) }));
