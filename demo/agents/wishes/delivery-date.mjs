// "Show the delivery date in the cart." The first try forgets Sundays, so CI turns red; the repair knows them;
// the review then asks for a clock that can be set and for the documentation.
import { addToChangelog } from '../lib/changelog.mjs';
import { edit, peek, write } from '../lib/desk.mjs';

const CODE = 'src/delivery-date.js';

const calendar = (restDays) => `import { findItem } from './catalogue.js';

const DAY_MS = 24 * 3_600_000;
/** Sunday is 0. */
const REST_DAYS = new Set([${restDays}]);

/**
 * The day a cart ordered at \`orderedAt\` (epoch ms, UTC) leaves the shop, as \`YYYY-MM-DD\`: the working days of
 * its slowest item later. Null for an empty cart.
 */
export function deliveryDate(lines, orderedAt) {
  let days = Math.max(0, ...lines.map(({ sku }) => findItem(sku)?.daysToShip ?? 0));
  if (days === 0) return null;
  let day = orderedAt;
  while (days > 0) {
    day += DAY_MS;
    if (!REST_DAYS.has(new Date(day).getUTCDay())) days -= 1;
  }
  return new Date(day).toISOString().slice(0, 10);
}
`;

const TESTS = `import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deliveryDate } from '../src/delivery-date.js';

const FRIDAY = Date.parse('2026-11-20T10:00:00Z');

test('an empty cart has no delivery date', () => {
  assert.equal(deliveryDate([], FRIDAY), null);
});

test('the slowest item decides', () => {
  const monday = Date.parse('2026-11-16T10:00:00Z');
  assert.equal(deliveryDate([{ sku: 'tea' }, { sku: 'pot' }], monday), '2026-11-19');
});

test('an order of Friday does not leave the shop at the weekend', () => {
  assert.equal(deliveryDate([{ sku: 'tea' }], FRIDAY), '2026-11-23');
});
`;

const CLOCK_TEST = `
test('the cart tells the delivery date of its order', () => {
  const cart = priceCart(parseItems('cup'), { now: () => FRIDAY });
  assert.equal(cart.deliveryDate, '2026-11-24');
});
`;

const CART_IMPORT = "import { findItem } from './catalogue.js';\n";
const RETURN = '  return { lines, totalCents: lines.reduce((sum, line) => sum + line.cents, 0) };';
const TOTAL = '  const totalCents = lines.reduce((sum, line) => sum + line.cents, 0);\n';
const HIDDEN_CLOCK = `${TOTAL}  return { lines, totalCents, deliveryDate: deliveryDate(lines, Date.now()) };`;
const GIVEN_CLOCK = `${TOTAL}  return { lines, totalCents, deliveryDate: deliveryDate(lines, now()) };`;

const HEADER_OLD = `/** Prices the items: one line each, and the total in cents. */
export function priceCart(items) {`;
const HEADER_NEW = `/** Prices the items: one line each, the total in cents, and the day the order leaves the shop. */
export function priceCart(items, { now = Date.now } = {}) {`;

/** How far the repository is: 0 nothing, 1 first try, 2 weekends known, 3 the clock comes in. */
function levelOf() {
  if (peek('src/cart.js').includes('now = Date.now')) return 3;
  const code = peek(CODE);
  if (code.includes('[0, 6]')) return 2;
  return code === '' ? 0 : 1;
}

/** How far this run has to come, by what the brief asks. */
function goalOf(brief) {
  if (brief.findings.some((id) => /^(REV|PR|HUMAN)-/.test(id))) return 3;
  if (brief.findings.length > 0) return 2;
  return 1;
}

async function develop(brief) {
  const level = Math.max(levelOf(), goalOf(brief));
  const rest = level === 1 ? '6' : '0, 6';
  if (peek(CODE) !== calendar(rest)) await write(CODE, calendar(rest));
  if (!peek('test/delivery-date.test.js')) await write('test/delivery-date.test.js', TESTS);
  if (!peek('src/cart.js').includes('delivery-date.js')) {
    await edit(
      'src/cart.js',
      CART_IMPORT,
      `${CART_IMPORT}import { deliveryDate } from './delivery-date.js';\n`,
    );
    await edit('src/cart.js', RETURN, HIDDEN_CLOCK);
    await edit(
      'test/cart.test.js',
      '{ lines: [], totalCents: 0 }',
      '{ lines: [], totalCents: 0, deliveryDate: null }',
    );
  }
  await addToChangelog('`GET /cart` tells the day the order leaves the shop as `deliveryDate`.');
  if (level >= 3) await letTheClockIn();
}

async function letTheClockIn() {
  await edit('src/cart.js', HIDDEN_CLOCK, GIVEN_CLOCK);
  await edit('src/cart.js', HEADER_OLD, HEADER_NEW);
  const imports = "import { deliveryDate } from '../src/delivery-date.js';\n";
  const cartImport = "import { parseItems, priceCart } from '../src/cart.js';\n";
  await edit('test/delivery-date.test.js', imports, cartImport + imports);
  await edit('test/delivery-date.test.js', TESTS.slice(TESTS.lastIndexOf('});')), `});\n${CLOCK_TEST}`);
  const route = "body: priceCart(parseItems(query.get('items')))";
  await edit('src/server.js', route, "body: priceCart(parseItems(query.get('items')), { now })");
  await edit(
    'src/server.js',
    'createShop({ reservations, commit })',
    'createShop({ reservations, commit, now = Date.now })',
  );
  const row = '| lines and total in cents ';
  if (peek('README.md').includes(row)) {
    await edit(
      'README.md',
      row,
      '| lines, total in cents and `deliveryDate`, the day the order leaves the shop ',
    );
  }
}

/** Findings of a real look at the code: [severity, text]. */
function review() {
  const findings = [];
  if (peek('src/cart.js').includes('Date.now())')) {
    findings.push([
      'P1',
      '`priceCart` reads the clock itself, so nobody can test the date of a cart. Let the clock come in from `createShop`.',
    ]);
  }
  if (!peek('README.md').includes('deliveryDate')) {
    findings.push(['P1', 'The answer of `GET /cart` has a new field, but README.md does not tell.']);
  }
  return findings;
}

export const deliveryDate = {
  slug: 'delivery-date-in-the-cart',
  subject: 'Show the delivery date in the cart',
  goal: 'A customer sees in the cart on which day the order leaves the shop.',
  rules: [
    'The slowest item of the cart decides how many working days it takes.',
    'Saturdays and Sundays are no working days.',
    'An empty cart has no delivery date.',
  ],
  criteria: [
    [
      'The cart of an order of Friday with a one-day item names the following Monday.',
      'It names a Saturday or a Sunday.',
    ],
    ['The slowest item of a cart decides its date.', 'A faster item decides.'],
    ['An empty cart has the date `null`.', 'An empty cart has a date.'],
  ],
  decision:
    'A module of its own, `src/delivery-date.js`, counts working days; `priceCart` adds the date to its answer.',
  alternatives: 'Storing a date with every item was turned down: it would be wrong the next day.',
  risk: [
    'Public holidays are not known',
    'medium',
    'The owner is told; a calendar can be added in the same module',
    'A customer complains',
  ],
  develop,
  review,
};
