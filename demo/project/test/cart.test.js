import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CartError, parseItems, priceCart } from '../src/cart.js';

test('a cart adds up', () => {
  const cart = priceCart(parseItems('tea:2,cup'));
  assert.deepEqual(
    cart.lines.map(({ sku, quantity, cents }) => [sku, quantity, cents]),
    [
      ['tea', 2, 1380],
      ['cup', 1, 1450],
    ],
  );
  assert.equal(cart.totalCents, 2830);
});

test('an empty cart costs nothing', () => {
  assert.deepEqual(priceCart(parseItems('')), { lines: [], totalCents: 0 });
});

test('an unknown item is refused by name', () => {
  assert.throws(() => priceCart(parseItems('sofa')), new CartError('We do not sell sofa.'));
});

for (const quantity of ['0', '-1', 'two', '1000']) {
  test(`a quantity of ${quantity} is refused`, () => {
    assert.throws(() => parseItems(`tea:${quantity}`), CartError);
  });
}
