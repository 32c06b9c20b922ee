import { createEngineStore } from '../../src/db/engine-store.ts';
import { openDb } from '../../src/db/open.ts';
import { createOutbox } from '../../src/db/outbox.ts';
import { createEngine } from '../../src/pipeline/engine.ts';
import { limitsOf, owner, projectOf } from '../support/machine.ts';

/* The second process of a race: writes forty notes to task 1 of the database named by its argument. */
const db = openDb({ file: process.argv[2] ?? '' });
const store = createEngineStore({
  db,
  outbox: createOutbox(db),
  project: () => projectOf(),
  limits: () => limitsOf(),
  options: () => ({ serial: false, dependencies: true, runsPerDay: 40, windowOpensAt: null }),
  branchFor: (wid) => wid,
  uuid: () => 'child',
  dayOf: () => '2026-01-01',
});
const engine = createEngine({ store, committed: () => undefined });
process.stdout.write('ready\n');
for (let n = 0; n < 40; n += 1) {
  const event = {
    kind: 'command',
    name: 'note',
    key: `child-${n}`,
    at: 9_000,
    actor: owner,
    text: `theirs ${n}`,
  } as const;
  engine.apply({ ...event, target: { task: 1 } });
}
