// Restate with its defaults: every step is a `ctx.run` of one durable handler. The SDK needs Node 22.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { endpoint, service } from '@restatedev/restate-sdk';
import { freePort } from './free-port.mjs';
import { measure, report, STEPS } from './nine.mjs';

const binary = createRequire(
  createRequire(import.meta.url).resolve('@restatedev/restate-server/package.json'),
).resolve(`@restatedev/restate-server-${process.platform}-${process.arch}/bin/restate-server`);

const task = service({
  name: 'task',
  handlers: {
    async carry(ctx) {
      for (const name of STEPS) await ctx.run(name, () => 'passed');
    },
  },
});
const servicePort = await freePort();
await endpoint()
  .setLogger(() => undefined)
  .bind(task)
  .listen(servicePort);

const [ingress, admin, node] = [await freePort(), await freePort(), await freePort()];
const dir = mkdtempSync(join(tmpdir(), 'orch-peer-restate-'));
const server = spawn(binary, ['--no-logo'], {
  cwd: dir,
  env: {
    PATH: process.env.PATH,
    RESTATE_BASE_DIR: dir,
    RESTATE_LISTEN_MODE: 'tcp',
    RESTATE_INGRESS__BIND_ADDRESS: `127.0.0.1:${ingress}`,
    RESTATE_ADMIN__BIND_ADDRESS: `127.0.0.1:${admin}`,
    RESTATE_BIND_ADDRESS: `127.0.0.1:${node}`,
    RESTATE_DISABLE_TELEMETRY: 'true',
    RESTATE_LOG_FILTER: 'warn',
    DO_NOT_TRACK: '1',
  },
  stdio: ['ignore', 'ignore', 'inherit'],
});
// Nothing stays behind when the comparison fails.
process.once('exit', () => server.kill('SIGKILL'));

const post = async (port, path, body) => {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${text}`);
};

const giveUpAt = performance.now() + 60_000;
const register = () => post(admin, '/deployments', { uri: `http://127.0.0.1:${servicePort}` });
const registered = () =>
  register().then(
    () => true,
    () => false,
  );
while (!(await registered())) {
  if (performance.now() > giveUpAt) await register();
  await new Promise((resolve) => setTimeout(resolve, 200));
}

const perSecond = await measure(() => post(ingress, '/task/carry', null));
server.kill('SIGKILL');
await once(server, 'exit');
rmSync(dir, { recursive: true, force: true });
report(perSecond);
