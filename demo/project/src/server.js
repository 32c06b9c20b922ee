import { createServer } from 'node:http';
import { CartError, parseItems, priceCart } from './cart.js';
import { CATALOGUE, findItem } from './catalogue.js';

/** The HTTP API. `commit` is what `/health` tells about itself. */
export function createShop({ reservations, commit }) {
  const routes = {
    'GET /health': () => health({ reservations, commit }),
    'GET /products': () => ({ body: { products: CATALOGUE } }),
    'GET /cart': ({ query }) => ({ body: priceCart(parseItems(query.get('items'))) }),
    'POST /reservations': ({ query }) => reserve(reservations, query),
  };

  return createServer((request, response) => {
    const url = new URL(request.url, 'http://shop');
    const { status = 200, body } = answer(routes[`${request.method} ${url.pathname}`], url.searchParams);
    response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
    response.end(JSON.stringify(body));
  });
}

function answer(route, query) {
  if (!route) return { status: 404, body: { error: 'There is nothing here.' } };
  try {
    return route({ query });
  } catch (error) {
    if (error instanceof CartError) return { status: 400, body: { error: error.message } };
    return { status: 500, body: { error: 'The shop made a mistake.' } };
  }
}

function health({ reservations, commit }) {
  const ok = reservations.healthy();
  return { status: ok ? 200 : 503, body: { status: ok ? 'ok' : 'overbooked', commit } };
}

function reserve(reservations, query) {
  const [item] = parseItems(query.get('item'));
  if (!item || !findItem(item.sku)) throw new CartError('Name one item we sell, for example item=tea:2.');
  return { status: 201, body: reservations.hold(item.sku, item.quantity) };
}
