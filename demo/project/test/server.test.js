import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createReservations } from '../src/reservations.js';
import { createShop } from '../src/server.js';

const reservations = createReservations({ limit: 5 });
const shop = createShop({ reservations, commit: 'abc1234' });
let base;

before(async () => {
  await new Promise((resolve) => shop.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${shop.address().port}`;
});
after(() => shop.close());

async function call(method, path) {
  const response = await fetch(base + path, { method });
  return { status: response.status, body: await response.json() };
}

test('health tells the commit it runs', async () => {
  assert.deepEqual(await call('GET', '/health'), { status: 200, body: { status: 'ok', commit: 'abc1234' } });
});

test('the cart is priced over HTTP', async () => {
  const { status, body } = await call('GET', '/cart?items=honey');
  assert.equal(status, 200);
  assert.equal(body.totalCents, 980);
});

test('a mistake of the customer is a 400 with a sentence', async () => {
  assert.deepEqual(await call('GET', '/cart?items=sofa'), {
    status: 400,
    body: { error: 'We do not sell sofa.' },
  });
});

test('an unknown path is a 404', async () => {
  assert.equal((await call('GET', '/nothing')).status, 404);
});

test('an overbooked shop says so', async () => {
  assert.equal((await call('POST', '/reservations?item=tea:6')).status, 201);
  const { status, body } = await call('GET', '/health');
  assert.deepEqual([status, body.status], [503, 'overbooked']);
});
