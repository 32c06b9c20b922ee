import { missingOf } from '../right-end.ts';
import type { Check } from './check.ts';

export const NOTHING_LOST: readonly Check[] = [
  {
    counter: 'lost',
    asks: 'Is every task where it belongs, for repository, board, chat and database alike?',
    find: (evidence) =>
      evidence.tasks.flatMap((one) => {
        const missing = missingOf(one, evidence);
        return missing === null ? [] : [`task ${one.order.n} (${one.task?.wid ?? 'unknown'}): ${missing}`];
      }),
  },
  {
    counter: 'lost',
    asks: 'Was everything sent that was committed?',
    find: ({ witness }) =>
      witness
        .rows<{ task: number; kind: string; error: string | null }>(
          'select task, kind, error from outbox where sent_at is null',
        )
        .map(({ task, kind, error }) => `task ${task}: ${kind} was never sent: ${error ?? 'not tried'}`),
  },
  {
    counter: 'silentDeaths',
    asks: 'Was every killed run noticed within its bound, and every emptied Redis filled again?',
    find: ({ happened, unnoticed }) => [
      ...unnoticed.map(({ planned, injected }) => `${planned.kind.name} (${injected?.what}): never noticed`),
      ...happened
        .filter(
          ({ planned, noticedMs }) => noticedMs !== null && noticedMs > (planned.kind.boundMs ?? Infinity),
        )
        .map(
          ({ planned, injected, noticedMs }) =>
            `${planned.kind.name} (${injected?.what}): noticed after ${noticedMs} ms, bound ${planned.kind.boundMs}`,
        ),
    ],
  },
];
