import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { describeSettings } from '../../src/config/describe.ts';
import { loadConfig } from '../../src/config/load.ts';
import { createProbes } from '../../src/config/probes.ts';
import { listDefinitions } from '../../src/config/schema.ts';
import { git } from '../support/git/repository.ts';
import { freePort } from '../support/ports.ts';
import { testRedisBinary } from '../support/redis.ts';
import { startRedisWithPassword } from '../support/redis-with-password.ts';
import { startTelegramServer } from '../support/telegram/server.ts';
import { dataDir } from './context.ts';
import { runMain, spawnMain } from './process.ts';

const SOURCE = new URL('../fixtures/settings/every-key.env', import.meta.url);
const AGENTS_DIR = fileURLToPath(new URL('../../agents', import.meta.url));

/** An environment file that sets every key of the settings page, on this machine. */
async function everyKey(
  places: Readonly<Record<string, string>> = {},
): Promise<{ dir: string; file: string }> {
  const dir = await dataDir();
  const words: Record<string, string> = {
    DIR: dir,
    HTTP_PORT: String(await freePort()),
    CHAT_PORT: String(await freePort()),
    REDIS_URL: 'redis://:secret-of-redis@127.0.0.1:6390/3',
    REDIS_BIN: '/usr/bin/redis-server',
    BOT_TOKEN: '7000001:test-token',
    BOT_API: 'http://127.0.0.1:8081',
    USER: userInfo().username,
    AGENTS_DIR,
    ...places,
  };
  const text = (await readFile(SOURCE, 'utf8')).replace(
    /@([A-Z_]+)@/g,
    (_, word: string) => words[word] ?? '',
  );
  await writeFile(join(dir, '.env'), text, { mode: 0o600 });
  return { dir, file: join(dir, '.env') };
}

/** Keys that say where the file is, or are the other form of one that is set. */
const NOT_FROM_FILE = ['ORCH_ENV_FILE', 'ORCH_PROJECTS_FILE'];

test('every key of the settings page is read from an environment file, and none is refused or unknown', async () => {
  const { dir, file } = await everyKey();
  const env = { ORCH_ENV_FILE: file };
  const place = { cwd: dir, homeDir: dir, hostName: 'here', isTerminal: false };
  const loaded = loadConfig({ env, ...place, probes: createProbes(env) });
  const settings = describeSettings(loaded);
  const plain = loadConfig({
    env: {},
    ...place,
    cwd: '/nowhere',
    dataDir: await dataDir(),
    probes: createProbes({}),
  });
  const defaults = new Map(describeSettings(plain).map(({ key, value }) => [key, value]));

  expect(settings.map(({ key }) => key)).toEqual(listDefinitions().map(({ key }) => key));
  const unread = settings.filter(({ key, source }) => source !== 'file' && !NOT_FROM_FILE.includes(key));
  expect(unread).toEqual([]);
  // ORCH_HTTP_HOST stays at loopback so that nothing is opened to the network.
  const same = settings.filter(({ key, value }) => value === defaults.get(key)).map(({ key }) => key);
  expect(same).toEqual(['ORCH_HTTP_HOST', 'ORCH_PROJECTS_FILE']);
  expect(loaded.notices.filter((notice) => notice.includes('unknown'))).toEqual([]);
  expect(loaded.projects.map(({ repo }) => repo)).toEqual(['shop-api', 'notes']);
});

test('an existing environment file with every ORCH_ key starts the system unchanged', async () => {
  const [redis, telegram] = await Promise.all([startRedisWithPassword(), startTelegramServer()]);
  onTestFinished(async () => {
    await telegram.close();
    await redis.stop();
  });
  const port = String(await freePort());
  const { dir, file } = await everyKey({
    HTTP_PORT: port,
    REDIS_URL: redis.url,
    REDIS_BIN: await testRedisBinary(),
    BOT_TOKEN: telegram.token,
    BOT_API: telegram.apiRoot,
  });
  await mkdir(join(dir, 'notes'));
  await git(join(dir, 'notes'), 'init', '--quiet', '-b', 'trunk');
  const env = { PATH: process.env.PATH ?? '', ORCH_ENV_FILE: file };

  const started = spawnMain(['start', '--json'], env);
  const facts = JSON.parse(
    await Promise.race([started.firstLine, started.ended.then(({ stderr }) => stderr)]),
  );
  expect(facts).toMatchObject({ data_dir: join(dir, 'data'), http: `http://127.0.0.1:${port}` });
  expect(facts.projects).toHaveLength(2);
  const status = await runMain(['status', '--json'], env);
  expect(JSON.parse(status.stdout)).toMatchObject({ staging: true, active_tasks: [] });
  started.kill('SIGTERM');
  const { exitCode, stderr } = await started.ended;
  expect(exitCode, stderr).toBe(0);
  // SET-5, number 4: no secret of the file in what the program said.
  const secrets = (await readFile(file, 'utf8')).match(/secret-of-[\w-]+-0123/g) ?? [];
  expect(secrets.length).toBeGreaterThan(10);
  expect(secrets.filter((secret) => stderr.includes(secret))).toEqual([]);
});
