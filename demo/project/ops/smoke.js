// Asks a running shop the few questions a customer would ask first. Exit 0: all answered well; 1: not.
const base = process.env.BASE_URL ?? 'http://localhost:8501';

const checks = {
  'the shop is healthy': async () => (await get('/health')).status === 'ok',
  'the shelves are not empty': async () => (await get('/products')).products.length > 0,
  'a cart adds up': async () => (await get('/cart?items=tea:2,cup')).totalCents === 2 * 690 + 1450,
};

async function get(path) {
  const response = await fetch(base + path, { signal: AbortSignal.timeout(5_000) });
  return response.json();
}

let failed = 0;
for (const [name, check] of Object.entries(checks)) {
  const passed = await check().catch(() => false);
  console.log(`${passed ? 'PASS' : 'FAIL'} ${name}`);
  if (!passed) failed += 1;
}
process.exitCode = failed === 0 ? 0 : 1;
