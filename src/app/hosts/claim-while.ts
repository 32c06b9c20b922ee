import { describeError } from '../../errors.ts';
import type { Logger } from '../../log.ts';
import type { Workers } from '../../queues/worker.ts';
import type { Cleanup } from '../cleanup.ts';

export interface ClaimWhileDeps {
  workers: Pick<Workers, 'pause' | 'resume'>;
  /** True while this process is to claim. */
  wanted: () => boolean | Promise<boolean>;
  what: string;
  cleanup: Cleanup;
  log: Logger;
}

const LOOK_MS = 2000;

/**
 * Claims a kind of work only while that is wanted; it begins paused. A claim that was under way may bring one more job: who
 * carries it out puts it back. The result looks now instead of at the next turn.
 */
export function claimWhile({ workers, wanted, what, cleanup, log }: ClaimWhileDeps): () => Promise<void> {
  let claims = false;
  void workers.pause();

  async function look(): Promise<void> {
    try {
      const wants = await wanted();
      if (wants === claims) return;
      claims = wants;
      log.info({ what, claims }, 'what this process claims has changed');
      if (wants) workers.resume();
      else await workers.pause();
    } catch (error) {
      log.debug({ what, err: describeError(error) }, 'it could not be decided what to claim');
    }
  }

  void look();
  const timer = setInterval(() => void look(), LOOK_MS);
  timer.unref();
  cleanup.add(`claiming ${what}`, () => clearInterval(timer));
  return look;
}
