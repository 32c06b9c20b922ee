import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { parseEnvFile } from '../../src/config/env-file.ts';
import { createChatStore } from '../../src/db/chat-store.ts';
import { openDb } from '../../src/db/open.ts';
import { dataDir, run } from './context.ts';

const TOKEN = `123456789:${'A'.repeat(35)}`;

/** A PATH on which exactly these programs are. */
async function pathWith(dir: string, ...programs: string[]): Promise<string> {
  const bin = join(dir, 'bin');
  await mkdir(bin, { recursive: true });
  for (const program of programs) {
    await writeFile(join(bin, program), '#!/bin/sh\n');
    await chmod(join(bin, program), 0o755);
  }
  return bin;
}

/** Telegram, as far as a token is asked about. */
async function telegram(): Promise<string> {
  const server = createServer(({ url }, answer) => {
    const known = url === `/bot${TOKEN}/getMe`;
    answer.writeHead(known ? 200 : 401, { 'content-type': 'application/json' });
    answer.end(JSON.stringify(known ? { ok: true, result: { username: 'shop_bot' } } : { ok: false }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const init = async (dir: string, argv: readonly string[] = [], env: Record<string, string> = {}) =>
  run(['init', '--yes', '--data-dir', dir, ...argv], {
    env: { PATH: await pathWith(dir, 'git', 'claude'), ...env },
  });
const envOf = async (dir: string) => parseEnvFile(await readFile(join(dir, '.env'), 'utf8'));

describe('orchestrator init', () => {
  test('with nothing said writes a commented env file and an empty registry with its schema', async () => {
    const dir = await dataDir();
    const { exitCode, stdout } = await init(dir);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('project add');
    const text = await readFile(join(dir, '.env'), 'utf8');
    expect(text).toContain('# port; a staging instance uses 8501 by convention');
    expect(await envOf(dir)).toEqual({ ORCH_LANG: 'en' });
    expect((await stat(join(dir, '.env'))).mode & 0o777).toBe(0o600);
    const registry = JSON.parse(await readFile(join(dir, 'projects.json'), 'utf8'));
    expect(registry).toEqual({ $schema: './projects.schema.json', projects: [] });
    expect(JSON.parse(await readFile(join(dir, 'projects.schema.json'), 'utf8'))).toHaveProperty('$schema');
    expect((await run(['doctor', '--data-dir', dir, '--json'])).stdout).toContain(
      '"name":"settings","level":"ok"',
    );
  });

  test('again changes nothing, and keeps what somebody wrote by hand', async () => {
    const dir = await dataDir();
    await init(dir);
    const again = await init(dir);
    expect(again.stdout.match(/\(as it was\)/g)).toHaveLength(3);
    await writeFile(join(dir, '.env'), 'ORCH_LANG=ru\nORCH_QG0_TITLE_MAX=70\nMY_OWN= two words\n');
    await writeFile(join(dir, 'projects.json'), '[]');
    await init(dir);
    expect(await envOf(dir)).toEqual({ ORCH_LANG: 'ru', ORCH_QG0_TITLE_MAX: '70', MY_OWN: 'two words' });
    expect(await readFile(join(dir, 'projects.json'), 'utf8')).toBe('[]');
  });

  test('a BotFather token is asked about, kept, and a pairing code is shown', async () => {
    const dir = await dataDir();
    const env = { ORCH_TELEGRAM_BOT_TOKEN: TOKEN, ORCH_TELEGRAM_API_URL: await telegram() };
    const { exitCode, stdout } = await init(dir, ['--chat', 'telegram'], env);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('✓ telegram: @shop_bot');
    const code = /@shop_bot: \/start ([0-9A-Z]{4}-[0-9A-Z]{4})/.exec(stdout)?.[1];
    expect(code).toBeDefined();
    expect(await envOf(dir)).toMatchObject({ ORCH_TELEGRAM_BOT_TOKEN: TOKEN });
    expect(stdout).not.toContain(TOKEN);
    const db = openDb({ file: join(dir, 'orchestrator.db') });
    expect(db.$client.prepare('select role from pairings').all()).toEqual([{ role: 'owner' }]);
    expect(createChatStore(db).users()).toEqual([]);
    db.$client.close();
  });

  test('Plane and Gitea by options and environment; the webhook secret of Gitea is made', async () => {
    const dir = await dataDir();
    const { exitCode, stdout } = await init(
      dir,
      [
        ...['--tracker', 'plane', '--plane-url', 'https://plane.example.org', '--plane-workspace', 'acme'],
        ...['--forge', 'gitea', '--gitea-url', 'https://git.example.org', '--gitea-owner', 'acme'],
        ...['--public-url', 'https://orchestrator.example.org', '--lang', 'ru'],
      ],
      { ORCH_PLANE_API_TOKEN: 'plane-secret', ORCH_GITEA_TOKEN: 'gitea-secret' },
    );
    expect(exitCode).toBe(0);
    expect(await envOf(dir)).toMatchObject({
      ORCH_LANG: 'ru',
      ORCH_PLANE_API_URL: 'https://plane.example.org',
      ORCH_PLANE_API_TOKEN: 'plane-secret',
      ORCH_GITEA_TOKEN: 'gitea-secret',
      ORCH_GITEA_WEBHOOK_SECRET: expect.stringMatching(/^[0-9a-f]{48}$/),
    });
    expect(stdout).toContain('orchestrator init plane');
    expect(stdout).not.toMatch(/plane-secret|gitea-secret/);
  });

  test.each([
    ['a token that is none', ['--chat', 'telegram'], { ORCH_TELEGRAM_BOT_TOKEN: 'hello' }, 2, 'BotFather'],
    ['Telegram without a token', ['--chat', 'telegram'], {}, 2, 'ORCH_TELEGRAM_BOT_TOKEN'],
    ['Plane without anything', ['--tracker', 'plane'], {}, 2, 'ORCH_PLANE_API_URL'],
    ['an address that is none', ['--tracker', 'plane', '--plane-url', 'plane'], {}, 2, 'absolute http'],
    ['a word that is no choice', ['--tracker', 'jira'], {}, 2, 'local, plane'],
  ])('bad input: %s is one line, and nothing is written', async (_, argv, env, code, words) => {
    const dir = await dataDir();
    const ran = await init(dir, argv, env);
    expect(ran.exitCode).toBe(code);
    expect(ran.stderr).toContain(words);
    expect(ran.stderr.trimEnd().split('\n')).toHaveLength(1);
    await expect(stat(join(dir, '.env'))).rejects.toThrow('ENOENT');
  });

  test('a refused token and a missing git are said, with what to do, and the exit code is 1', async () => {
    const dir = await dataDir();
    const wrong = `999999999:${'B'.repeat(35)}`;
    const env = { ORCH_TELEGRAM_BOT_TOKEN: wrong, ORCH_TELEGRAM_API_URL: await telegram() };
    const refused = await init(dir, ['--chat', 'telegram'], env);
    expect(refused.exitCode).toBe(1);
    expect(refused.stdout).toContain('✗ telegram: Telegram refuses the token');
    const bare = await dataDir();
    const ran = await run(['init', '--yes', '--data-dir', bare], { env: { PATH: bare } });
    expect(ran.exitCode).toBe(1);
    expect(ran.stdout).toContain('✗ git: install it');
    expect(ran.stdout).toContain('! redis: a private copy');
  });
});
