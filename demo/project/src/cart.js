import { findItem } from './catalogue.js';

/** A request the customer can correct. */
export class CartError extends Error {}

/** Reads `tea:2,cup` into `[{ sku, quantity }]`; a missing quantity is 1. */
export function parseItems(text) {
  const parts = (text ?? '').split(',').filter((part) => part !== '');
  return parts.map((part) => {
    const [sku, quantity = '1'] = part.split(':');
    if (!/^[1-9]\d{0,2}$/.test(quantity)) throw new CartError(`Quantity of ${sku} must be 1 to 999.`);
    return { sku, quantity: Number(quantity) };
  });
}

/** Prices the items: one line each, and the total in cents. */
export function priceCart(items) {
  const lines = items.map(({ sku, quantity }) => {
    const item = findItem(sku);
    if (!item) throw new CartError(`We do not sell ${sku}.`);
    return { sku, name: item.name, quantity, cents: item.cents * quantity };
  });
  return { lines, totalCents: lines.reduce((sum, line) => sum + line.cents, 0) };
}
