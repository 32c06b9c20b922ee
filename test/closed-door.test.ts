import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { takeAttempts } from './support/closed-door.ts';

it('inc-97 no test can message anybody: the door is closed, and an attempt is held against the test (SAFE-5)', async () => {
  await expect(fetch('https://api.telegram.org/bot1:x/getMe')).rejects.toMatchObject({
    cause: expect.objectContaining({ message: expect.stringContaining('the door is closed') }),
  });
  expect(takeAttempts()).toEqual(['api.telegram.org']);
  const server = createServer((_, response) => response.end('here'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe('here');
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});
