import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { AppError, describeError } from '../../src/errors.ts';
import { createHttpServer } from '../../src/http/server.ts';
import { dataDir, depsOf, start } from './http-server.ts';

const failureOf = async (listening: Promise<unknown>): Promise<AppError> => {
  const error = await listening.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof AppError) return error;
  throw new Error(`expected an AppError, found ${String(error)}`);
};

it('serves the same routes on the socket, which only its owner may open (REC-140a)', async () => {
  const { askSocket, socketPath } = await start();
  expect((await askSocket('/health')).json()).toMatchObject({ status: 'ok' });
  expect(statSync(socketPath).mode & 0o777).toBe(0o600);
});

it('removes the socket when it closes and may be closed twice', async () => {
  const { close, socketPath } = await start();
  await close();
  await close();
  expect(existsSync(socketPath)).toBe(false);
});

it('says in one line that the port is in use and which setting changes it, and leaves no socket behind', async () => {
  const { port } = await start();
  const deps = { ...(await depsOf()), port };
  const error = await failureOf(createHttpServer(deps).listen());
  expect([error.code, error.fault]).toEqual(['port-in-use', 'environment']);
  expect(describeError(error)).toBe(
    `Expected to listen on 127.0.0.1:${port}, found the port in use by another process. ` +
      'Stop that process, or set ORCH_HTTP_PORT to a free port.',
  );
  expect(existsSync(deps.socketPath ?? '')).toBe(false);
});

it('refuses an address this machine does not have', async () => {
  const error = await failureOf(createHttpServer({ ...(await depsOf()), host: '203.0.113.1' }).listen());
  expect(error.code).toBe('address-not-available');
});

it('finds another control process of the same data directory and frees the port again', async () => {
  const { socketPath } = await start();
  const deps = { ...(await depsOf()), socketPath };
  const probe = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => probe.once('listening', resolve));
  const { port } = probe.address() as { port: number };
  await new Promise((resolve) => probe.close(resolve));
  expect((await failureOf(createHttpServer({ ...deps, port }).listen())).code).toBe('already-running');
  const next = createHttpServer({ ...(await depsOf()), port });
  onTestFinished(() => next.close(0));
  await next.listen();
});

it('replaces the socket file of a process that was killed', async () => {
  const socketPath = join(await dataDir(), 'control.sock');
  const script = `require('net').createServer().listen(${JSON.stringify(socketPath)}, () => process.kill(process.pid, 'SIGKILL'))`;
  spawnSync(process.execPath, ['-e', script]);
  expect(existsSync(socketPath)).toBe(true);
  const server = createHttpServer({ ...(await depsOf()), socketPath });
  onTestFinished(() => server.close(0));
  await server.listen();
});

it('names the setting when the socket path is too long for the system', async () => {
  const error = await failureOf(
    createHttpServer({ ...(await depsOf()), socketPath: `/tmp/${'x'.repeat(100)}.sock` }).listen(),
  );
  expect(describeError(error)).toContain('ORCH_DATA_DIR');
});

it('lets a request under way finish when it closes', async () => {
  let release = (): void => {};
  let begun = (): void => {};
  const entered = new Promise<void>((resolve) => {
    begun = resolve;
  });
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  const deps = await depsOf({
    routes: {
      projects: async () => {
        begun();
        await gate;
        return [];
      },
    },
  });
  const server = createHttpServer(deps);
  const { port } = await server.listen();
  const pending = fetch(`http://127.0.0.1:${port}/projects`);
  await entered;
  const closed = server.close(5000);
  release();
  const answer = await pending;
  expect([answer.status, answer.headers.get('connection')]).toEqual([200, 'close']);
  await closed;
});
