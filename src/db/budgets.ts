import { eq, sql } from 'drizzle-orm';
import type { Instant } from '../pipeline/events.ts';
import type { Db } from './open.ts';
import { budgets } from './schema.ts';

/** Local days and what people granted for them (AGENT-46). */
export interface BudgetStore {
  /** `YYYY-MM-DD` in the configured zone. */
  dayOf(at: Instant): string;
  dayStart(at: Instant): Instant;
  /** USD granted for the day of this instant. */
  raised(at: Instant): number;
}

/** Zones and changes of the clock keep to quarters of an hour. */
const STEP_MS = 900_000;

export function createBudgetStore(db: Db, timeZone: string): BudgetStore {
  const format = new Intl.DateTimeFormat('en-CA', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  });
  const dayOf = (at: Instant): string => format.format(at);
  const ofDay = db
    .select()
    .from(budgets)
    .where(eq(budgets.day, sql.placeholder('day')))
    .prepare();
  let today = { day: '', start: 0 };
  return {
    dayOf,
    dayStart(at) {
      const day = dayOf(at);
      if (day === today.day) return today.start;
      let start = at - (at % STEP_MS);
      while (dayOf(start - STEP_MS) === day) start -= STEP_MS;
      today = { day, start };
      return start;
    },
    raised: (at) => ofDay.all({ day: dayOf(at) })[0]?.raisedUsd ?? 0,
  };
}
