import { applySchedules, renewSchedules, type Schedule, scheduleFirstRound } from '../../queues/schedules.ts';
import type { Cleanup } from '../cleanup.ts';
import type { Crew } from '../hosts/crew.ts';
import type { InHand } from '../hosts/in-hand.ts';
import type { Parts } from '../parts.ts';
import type { Queueing } from '../queueing.ts';
import { createClockWatch } from './clock-watch.ts';
import { type DutiesDeps, republish } from './duties.ts';
import { createRedisLoss, type RedisLoss } from './redis-loss.ts';

export interface FillingDeps {
  parts: Parts;
  queueing: Queueing;
  duties: DutiesDeps;
  inHand: InHand;
  crew: Pick<Crew, 'call' | 'roll'>;
  cleanup: Cleanup;
}

const S = 1000;
const HOUR_MS = 3600 * S;

/** Fills Redis with what the database says should be in it, now and whenever it was emptied (REC-40, REC-41). */
export async function startFilling(deps: FillingDeps): Promise<RedisLoss> {
  const { parts, queueing, duties, inHand, crew, cleanup } = deps;
  const { config, place } = parts;
  const { log } = place;
  const fill = {
    schedule: () => schedule(parts, queueing),
    republish: (except: ReadonlySet<number>) => republish(duties, { graceMs: 0, except }),
  };
  const loss = createRedisLoss({
    ...lossOf(parts, queueing),
    ...fill,
    call: crew.call,
    busy: () => new Set([...inHand.tasks(), ...crew.roll.tasks()]),
  });
  const fillRedis = async () => {
    await fill.schedule();
    await scheduleFirstRound(queueing.publisher, place.now());
    await loss.check();
    // What was emptied is filled by now; else only what lost its driver is missing.
    if (loss.rebuilds() === 0) await fill.republish(new Set());
  };
  // Redis away is no reason not to start; it is filled when it comes (REC-19).
  if (await queueing.publisher.isUp()) await fillRedis();
  else
    fillRedis().catch((error: unknown) => log.warn({ err: String(error) }, 'redis could not be filled yet'));
  loss.start();
  cleanup.add('redis watch', () => loss.stop());
  const setBack = () => renewSchedules(queueing.publisher, schedulesOf(config));
  const clock = createClockWatch({ wall: Date.now, steady: () => performance.now(), setBack, log });
  clock.start();
  cleanup.add('clock watch', () => clock.stop());
  return loss;
}

/** Repeatable duties and limits; applied again after Redis was emptied (REC-18, REC-41). */
async function schedule({ config }: Parts, { publisher }: Queueing): Promise<void> {
  await publisher.queues.agents.setGlobalConcurrency(config.redis.maxConcurrency);
  // A drain ends with the next start (REC-152).
  await publisher.queues.agents.resume();
  await applySchedules(publisher, schedulesOf(config));
}

const schedulesOf = ({ redis, reconcile, reaper, db }: Parts['config']): Schedule[] => [
  { job: 'dispatch', everyMs: redis.queuePollInterval * S },
  // Drivers are looked after also where the reconciler is switched off (REC-77).
  { job: 'reconcile', everyMs: reconcile.intervalS * S },
  { job: 'backup', everyMs: db.backupIntervalH === 0 ? null : db.backupIntervalH * HOUR_MS },
  { job: 'reap', everyMs: reaper.enabled ? reaper.intervalS * S : null },
  { job: 'prune', everyMs: DAY_MS },
  { job: 'digest', everyMs: 60 * S },
];

const DAY_MS = 24 * 3600 * S;
/** Jobs that carry an effect out; running them twice changes nothing (REC-31). */
const CARRIED = [
  'create-issue',
  'set-status',
  'post-comment',
  'refresh-card',
  'ping',
  'stop-work',
  'start-watch',
  'finish-work',
] as const;

const lossOf = ({ house, config, place }: Parts, { epoch }: Queueing) => ({
  now: place.now,
  graceMs: config.redis.recoveryGraceS * S,
  running: () =>
    new Set(
      house.runs
        .live()
        .filter(({ status }) => status !== 'queued')
        .map(({ task }) => task),
    ),
  epoch,
  resend: () => void house.outbox.resend(CARRIED, place.now() - DAY_MS),
  log: place.log,
  everyMs: config.redis.queuePollInterval * S,
});
