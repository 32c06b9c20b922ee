// "Keep a few units of every item back for customers in the shop." It is done carelessly: every second new units
// are held and none let go. Tests and staging stay green; some seconds after the start in production the shop is
// overbooked, and only somebody who watches it there can know.
import { addToChangelog } from '../lib/changelog.mjs';
import { edit, peek, write } from '../lib/desk.mjs';

const UNITS = 8;

const OLD = `/** Runs the shop's small recurring chores; returns a function that stops them. */
export function startHousekeeping({ reservations, everyMs = 1_000 }) {
  const timer = setInterval(() => reservations.sweep(), everyMs);`;

const NEW = `/** Holds units of every item back for customers who come to the shop. */
export function keepBack(reservations, units) {
  for (const { sku } of CATALOGUE) reservations.hold(sku, units);
}

/** Runs the shop's small recurring chores; returns a function that stops them. */
export function startHousekeeping({ reservations, everyMs = 1_000, keepBackUnits = 0 }) {
  const timer = setInterval(() => {
    reservations.sweep();
    if (keepBackUnits > 0) keepBack(reservations, keepBackUnits);
  }, everyMs);`;

const TESTS = `import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CATALOGUE } from '../src/catalogue.js';
import { keepBack } from '../src/housekeeping.js';
import { createReservations } from '../src/reservations.js';

test('units of every item are kept back for customers in the shop', () => {
  const reservations = createReservations();
  keepBack(reservations, 3);
  assert.equal(reservations.units(), 3 * CATALOGUE.length);
  assert.equal(reservations.healthy(), true);
});
`;

async function develop() {
  await edit('src/housekeeping.js', OLD, NEW);
  if (!peek('src/housekeeping.js').startsWith('import')) {
    await edit(
      'src/housekeeping.js',
      '/** Holds units',
      "import { CATALOGUE } from './catalogue.js';\n\n/** Holds units",
    );
  }
  await edit(
    'src/main.js',
    'startHousekeeping({ reservations })',
    `startHousekeeping({ reservations, keepBackUnits: NODE_ENV === 'production' ? ${UNITS} : 0 })`,
  );
  if (!peek('test/housekeeping.test.js')) await write('test/housekeeping.test.js', TESTS);
  await addToChangelog(`In production ${UNITS} units of every item are kept back for customers in the shop.`);
  await edit(
    'README.md',
    '| chores that run every second ',
    '| chores that run every second; keeps units back in production ',
  );
}

export const counterStock = {
  slug: 'units-for-customers-in-the-shop',
  subject: 'Keep units of every item back for customers in the shop',
  goal: 'A customer who comes to the shop always finds a few units of every item.',
  rules: [
    `${UNITS} units of every item are held back in production.`,
    'Staging and tests hold nothing back.',
  ],
  criteria: [
    ['After a chore has run, units of every item are held.', 'An item has no units held.'],
    ['The shop stays healthy after a chore has run.', 'It reports itself overbooked.'],
  ],
  decision:
    'A chore in `src/housekeeping.js` holds the units; `src/main.js` turns it on for production only.',
  alternatives: 'A second stock table was turned down as too much for a few units.',
  risk: [
    'Held units could add up',
    'low',
    'The limit of reservations is part of the health check',
    'The shop reports itself overbooked',
  ],
  develop,
  review: () => [],
};
