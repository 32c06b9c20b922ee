import { startHousekeeping } from './housekeeping.js';
import { createReservations } from './reservations.js';
import { createShop } from './server.js';

const { PORT = '8080', COMMIT_SHA, NODE_ENV = 'development' } = process.env;

const reservations = createReservations();
const stopHousekeeping = startHousekeeping({ reservations });
const shop = createShop({ reservations, commit: COMMIT_SHA });

shop.listen(Number(PORT), '127.0.0.1', () => {
  console.log(`corner shop (${NODE_ENV}) on http://127.0.0.1:${PORT}, commit ${COMMIT_SHA ?? 'unknown'}`);
});

for (const signal of ['SIGTERM', 'SIGINT']) {
  process.once(signal, () => {
    stopHousekeeping();
    shop.close();
    shop.closeIdleConnections();
  });
}
