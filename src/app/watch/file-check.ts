import { faultBeside } from '../../db/beside.ts';
import { damaged } from '../../db/open.ts';
import { type AppError, describeError } from '../../errors.ts';
import type { Cleanup } from '../cleanup.ts';
import type { Control } from '../control-lease.ts';
import type { Parts } from '../parts.ts';

/**
 * Looks at the file that the start has opened unchecked, beside the running system (REC-50, record 103). Resolves with the fault
 * this process has to end with, which is the one the next start refuses with; null when there is none, or no answer.
 */
export function checkBeside(
  { house, place: { log } }: Pick<Parts, 'house' | 'place'>,
  { control, cleanup }: { control: Control; cleanup: Cleanup },
): Promise<AppError | null> {
  const file = house.db.$client.name;
  const ended = new AbortController();
  const looked = control.unchecked ? look() : Promise.resolve(null);
  cleanup.add('database check', async () => {
    ended.abort();
    await looked;
  });
  return looked;

  async function look(): Promise<AppError | null> {
    try {
      const found = await faultBeside({ file, depth: 'quick', signal: ended.signal });
      if (found === null) return null;
      control.distrust();
      const fault = damaged(file, found);
      log.fatal({ err: describeError(fault) }, 'the database is damaged: stopping');
      return fault;
    } catch (error) {
      if (ended.signal.aborted) return null;
      control.distrust();
      log.error(
        { err: describeError(error) },
        'the database could not be checked: the next start does it first',
      );
      return null;
    }
  }
}
