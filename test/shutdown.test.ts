import { EventEmitter } from 'node:events';
import { describe, expect, test } from 'vitest';
import { createLogger, silentLogger } from '../src/log.ts';
import { createShutdown } from '../src/shutdown.ts';

const never = () => new Promise<void>(() => {});

/** A process whose exit is written down instead of done. */
function fakeProcess() {
  const emitter = new EventEmitter();
  let exited: (code: number) => void;
  const exitCode = new Promise<number>((resolve) => {
    exited = resolve;
  });
  return Object.assign(emitter, { exit: (code: number) => exited(code), exitCode });
}

describe('ordered shutdown (REC-150)', () => {
  test('steps run one after the other in the order they were added, once', async () => {
    const shutdown = createShutdown({ log: silentLogger(), graceMs: 1000 });
    const order: string[] = [];
    for (const name of ['claiming', 'chat', 'database']) {
      shutdown.onStop(name, async () => {
        await Promise.resolve();
        order.push(name);
      });
    }
    expect(shutdown.stopping).toBe(false);
    await Promise.all([shutdown.run('test'), shutdown.run('again')]);
    expect(order).toEqual(['claiming', 'chat', 'database']);
    expect(shutdown.stopping).toBe(true);
  });

  test.each([
    [
      'throws',
      () => {
        throw new Error('boom');
      },
    ],
    ['rejects', () => Promise.reject(new Error('boom'))],
    ['hangs', never],
  ])('a step that %s is logged by name and the next one still runs', async (_kind, stop) => {
    const lines: string[] = [];
    const log = createLogger({ destination: { write: (line: string) => void lines.push(line) } });
    const shutdown = createShutdown({ log, graceMs: 1000 });
    let closed = false;
    shutdown.onStop('bad step', stop, { timeoutMs: 20 });
    shutdown.onStop('database', () => {
      closed = true;
    });
    await shutdown.run('test');
    expect(closed).toBe(true);
    expect(lines.join('')).toContain('bad step');
  });

  test('all steps together stay within the grace, and late ones still get a moment', async () => {
    const shutdown = createShutdown({ log: silentLogger(), graceMs: 50 });
    let closed = false;
    shutdown.onStop('hangs', never);
    shutdown.onStop('hangs too', never);
    shutdown.onStop('database', () => {
      closed = true;
    });
    const startedAt = performance.now();
    await shutdown.run('test');
    expect(performance.now() - startedAt).toBeLessThan(1000);
    expect(closed).toBe(true);
  });

  test.each(['SIGTERM', 'SIGINT'])(
    'the first %s runs the steps, then the process exits with 0',
    async (name) => {
      const shutdown = createShutdown({ log: silentLogger(), graceMs: 1000 });
      let stopped = false;
      shutdown.onStop('work', () => {
        stopped = true;
      });
      const process = fakeProcess();
      shutdown.listen(process);
      process.emit(name);
      expect(await process.exitCode).toBe(0);
      expect(stopped).toBe(true);
    },
  );

  test('a second signal exits at once, but Ctrl-C doubled by npm counts once', async () => {
    let now = 0;
    const shutdown = createShutdown({ log: silentLogger(), graceMs: 60_000, clock: () => now });
    shutdown.onStop('hangs', never);
    const process = fakeProcess();
    shutdown.listen(process);
    process.emit('SIGINT');
    now = 5;
    process.emit('SIGINT');
    expect(await Promise.race([process.exitCode, Promise.resolve('running')])).toBe('running');
    now = 1000;
    process.emit('SIGINT');
    expect(await process.exitCode).toBe(130);
  });

  test('unhooking leaves no listener behind', () => {
    const process = fakeProcess();
    createShutdown({ log: silentLogger(), graceMs: 10 }).listen(process)();
    expect(process.listenerCount('SIGTERM') + process.listenerCount('SIGINT')).toBe(0);
  });
});
