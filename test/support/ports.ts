import { createServer } from 'node:net';

/** Below what kernels give out by themselves, and ten thousand under that again for the bus of a Redis cluster. */
const LOWEST = 10_000;
const STRETCH = 500;
const STRETCHES = 20;

/** Files that run side by side must not find the same port free: each worker of a run has a stretch of its own. */
const stretch = (process.ppid + Number(process.env.VITEST_POOL_ID ?? 0)) % STRETCHES;
let next = process.pid;

/** A port of loopback that nobody listens on and that nobody else of this run is given. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = LOWEST + stretch * STRETCH + (next % STRETCH);
    next += 1;
    if (await isFree(port)) return port;
  }
}

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
