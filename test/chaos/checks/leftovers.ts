import { readdirSync, readFileSync } from 'node:fs';
import type { Witness } from '../witness.ts';
import type { Check } from './check.ts';

/** Runs nobody has ended; a lost one is noticed after `ORCH_WORKER_LOST_S` at the latest. */
export const runsOfEndedTasks = (witness: Pick<Witness, 'rows'>) =>
  witness.rows<{ id: string; status: string }>(
    `select runs.id, runs.status from runs join tasks on tasks.id = runs.task
     where runs.status <> 'ended' and tasks.stage in ('done', 'cancelled')`,
  );

export const LEFTOVERS: readonly Check[] = [
  {
    counter: 'unownedStates',
    asks: 'Did every state end, or say for whom it waits, within its time?',
    find: ({ stuck }) => [...stuck],
  },
  {
    counter: 'unownedStates',
    asks: 'Is there no run of a task that has ended?',
    find: ({ witness }) => runsOfEndedTasks(witness).map(({ id, status }) => `${id} is still ${status}`),
  },
  {
    counter: 'unownedStates',
    asks: 'Is no process of any run left?',
    find: ({ house }) => processesWith(`CHAOS_LEDGER=${house.ledger}`).map((one) => `left running: ${one}`),
  },
  {
    counter: 'unownedStates',
    asks: 'Is no lease held?',
    find: ({ witness }) =>
      witness
        .rows<{ repo: string; holder: string }>(
          `select repo, holder from leases where released = 0 and kind <> 'control'`,
        )
        .map(({ repo, holder }) => `the lease of ${repo} is held by ${holder}`),
  },
];

/** Command lines of agents and what they left: they carry a run id besides the ledger. */
function processesWith(word: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const environ = readFileSync(`/proc/${pid}/environ`, 'utf8');
        if (!environ.includes(word) || !environ.includes('ORCH_RUN_ID=')) return [];
        return [`${pid} ${readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').slice(0, 120)}`];
      } catch {
        return [];
      }
    });
}
