import { randomUUID } from 'node:crypto';
import { describeError } from '../../errors.ts';
import type { Logger } from '../../log.ts';
import type { Epoch } from '../../queues/epoch.ts';
import type { House } from '../house.ts';

export interface RedisLossDeps {
  epoch: Epoch;
  /** Applies limits and schedules again (REC-41). */
  schedule: () => Promise<void>;
  /** Publishes whatever should be live and is not, at once; leaves these tasks out. */
  republish: (except: ReadonlySet<number>) => Promise<unknown>;
  /** Offers the queue again what it may have lost before it was carried out; each is idempotent (REC-31). */
  resend: () => void;
  /** Asks the workers to announce what they have in hand. */
  call: () => void;
  /** Tasks somebody is known to work on just now; they are published again only after that (REC-41). */
  busy: () => ReadonlySet<number>;
  /** Tasks that had a run under way when the database last heard of it. */
  running: () => ReadonlySet<number>;
  now: () => number;
  log: Logger;
  everyMs: number;
  /** How long workers may take to announce their runs (`ORCH_REDIS_RECOVERY_GRACE_S`), in milliseconds. */
  graceMs: number;
}

/** Notices that Redis was emptied or replaced, and fills it again (REC-40, REC-41, REC-46). */
export interface RedisLoss {
  /** One look; rejects while Redis is away. Never two at a time. */
  check(): Promise<void>;
  start(): void;
  stop(): void;
  /** How often Redis was filled again. */
  rebuilds(): number;
}

const EPOCH = 'redis-epoch';

/** The random value of this database; made once. */
export function epochValue({ chat }: Pick<House, 'chat'>): string {
  const known = chat.memo(EPOCH);
  if (known !== null) return known;
  const value = randomUUID();
  chat.putMemo(EPOCH, value);
  return value;
}

export function createRedisLoss(deps: RedisLossDeps): RedisLoss {
  const { epoch, log, now } = deps;
  /** Tasks that were worked on when Redis was lost, and are not published again yet. */
  let held: ReadonlySet<number> = new Set();
  let graceEndsAt = 0;
  let rebuilds = 0;
  let looking: Promise<void> | null = null;
  let timer: NodeJS.Timeout | null = null;

  async function refill(): Promise<void> {
    log.warn('redis was emptied or replaced: filling it again');
    rebuilds += 1;
    graceEndsAt = now() + deps.graceMs;
    held = new Set([...deps.busy(), ...deps.running()]);
    deps.call();
    await deps.schedule();
    deps.resend();
    await deps.republish(held);
    await epoch.mark();
  }

  /** Held tasks whose worker has said that it has them, or may still say so. */
  function stillHeld(): ReadonlySet<number> {
    const busy = deps.busy();
    const running = now() < graceEndsAt ? deps.running() : new Set<number>();
    return new Set([...held].filter((task) => busy.has(task) || running.has(task)));
  }

  async function look(): Promise<void> {
    if (!(await epoch.holds())) return refill();
    if (held.size === 0) return;
    const still = stillHeld();
    if (still.size < held.size) await deps.republish(still);
    held = still;
  }

  function check(): Promise<void> {
    looking ??= look().finally(() => {
      looking = null;
    });
    return looking;
  }

  return {
    check,
    rebuilds: () => rebuilds,
    start() {
      timer = setInterval(
        () =>
          void check().catch((error: unknown) =>
            log.debug({ err: describeError(error) }, 'redis could not be looked at'),
          ),
        deps.everyMs,
      );
      timer.unref();
    },
    stop() {
      if (timer) clearInterval(timer);
    },
  };
}
