import { describeError } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { Workers } from '../queues/worker.ts';
import type { Cleanup } from './cleanup.ts';

export interface StandingInDeps {
  workers: Pick<Workers, 'pause' | 'resume'>;
  /** True while nobody else can. */
  wanted: () => boolean | Promise<boolean>;
  what: string;
  cleanup: Cleanup;
  log: Logger;
}

const LOOK_MS = 2000;

/** Control claims a kind of work only while no other host can do it; it begins paused. */
export function standIn({ workers, wanted, what, cleanup, log }: StandingInDeps): void {
  let claims = false;
  void workers.pause();

  async function look(): Promise<void> {
    const wants = await wanted();
    if (wants === claims) return;
    claims = wants;
    log.info({ what, claims }, wants ? 'no other host can: control does it' : 'left to other hosts');
    if (wants) workers.resume();
    else await workers.pause();
  }

  const looking = (): void =>
    void look().catch((error: unknown) => log.debug({ what, err: describeError(error) }, 'not looked'));
  looking();
  const timer = setInterval(looking, LOOK_MS);
  timer.unref();
  cleanup.add(`standing in for ${what}`, () => clearInterval(timer));
}
