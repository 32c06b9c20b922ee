import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createReservations } from '../src/reservations.js';

test('held units are counted until they are released', () => {
  const reservations = createReservations();
  const tea = reservations.hold('tea', 3);
  reservations.hold('cup', 1);
  assert.equal(reservations.units(), 4);
  assert.equal(reservations.release(tea.id), true);
  assert.equal(reservations.release(tea.id), false);
  assert.equal(reservations.units(), 1);
});

test('a sweep lets go of what has expired and keeps the rest', () => {
  let time = 0;
  const reservations = createReservations({ now: () => time });
  reservations.hold('tea', 1, 1_000);
  reservations.hold('cup', 1, 5_000);
  time = 1_000;
  reservations.sweep();
  assert.equal(reservations.units(), 1);
});

test('the shop is healthy up to its limit and not above', () => {
  const reservations = createReservations({ limit: 2 });
  reservations.hold('tea', 2);
  assert.equal(reservations.healthy(), true);
  reservations.hold('tea', 1);
  assert.equal(reservations.healthy(), false);
});
