import { execFileSync } from 'node:child_process';
import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { freePort } from '../support/ports.ts';
import { testRedisBinary } from '../support/redis.ts';
import { dataDir, type Ran } from './context.ts';
import { runMain, spawnMain, takenPort } from './process.ts';

/** A PATH with git and nothing else. */
async function gitOnly(dir: string): Promise<string> {
  const bin = join(dir, 'bin');
  await mkdir(bin);
  await symlink(execFileSync('which', ['git'], { encoding: 'utf8' }).trim(), join(bin, 'git'));
  return bin;
}

function expectOneLine({ exitCode, stdout, stderr }: Ran, expected: { code: number; said: RegExp }): void {
  expect(stderr).toMatch(expected.said);
  expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  expect(stderr).not.toMatch(/\n\s+at /);
  expect({ exitCode, stdout }).toEqual({ exitCode: expected.code, stdout: '' });
}

/** Processes whose command line or directory names this data directory. */
const leftOver = (dir: string): string[] =>
  execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.includes(dir));

const quiet = { ORCH_LOG_LEVEL: 'error' };

describe('bad surroundings get one line, no stack, and leave nothing running (REC-144)', () => {
  it('unknown command: exit code 2', async () => {
    expectOneLine(await runMain(['frobnicate'], {}), { code: 2, said: /unknown command 'frobnicate'/ });
  });

  it('invalid configuration: every problem, exit code 78 (SET-3)', async () => {
    const dir = await dataDir();
    const env = { ORCH_HTTP_PORT: 'abc', ORCH_MERGE_STYLE: 'squash', ORCH_BUDGET_TASK_USD: '-1' };
    const { exitCode, stdout, stderr } = await runMain(['start', '--data-dir', dir], env);
    expect(stderr.trimEnd().split('\n')).toEqual([
      expect.stringMatching(/^ORCH_HTTP_PORT: .* Fix: /),
      expect.stringMatching(/^ORCH_BUDGET_TASK_USD: .* Fix: /),
      expect.stringMatching(/^ORCH_MERGE_STYLE: .* Fix: /),
    ]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 78, stdout: '' });
    expect(await readdir(dir)).toEqual([]);
  });

  it('a data directory that cannot be made: exit code 78 (SET-20.13)', async () => {
    const file = join(await dataDir(), 'file');
    await writeFile(file, '');
    const ran = await runMain(['start', '--data-dir', join(file, 'data')], {});
    expectOneLine(ran, { code: 78, said: /^ORCH_DATA_DIR: .*Fix: / });
  });

  it.each(['start', 'demo'])('no git for %s', async (command) => {
    const dir = await dataDir();
    const ran = await runMain([command, '--data-dir', dir], { ...quiet, PATH: dir });
    expectOneLine(ran, { code: 1, said: /^git is needed.*apt-get install git/ });
    expect(await readdir(dir)).toEqual([]);
  });

  it('no Redis binary to be had: the line of REC-186 (section 17 number 10)', async () => {
    const dir = await dataDir();
    const path = await gitOnly(dir);
    const ran = await runMain(['start', '--data-dir', join(dir, 'data')], { ...quiet, PATH: path });
    expectOneLine(ran, { code: 1, said: /redis-server .*needed.*ORCH_REDIS_URL/ });
    expect(leftOver(dir)).toEqual([]);
  });

  it('a port in use: the Redis already started is ended again', async () => {
    const dir = await dataDir();
    const ran = await runMain(['start', '--data-dir', dir], {
      ...quiet,
      PATH: process.env.PATH ?? '',
      ORCH_REDIS_SERVER_BIN: await testRedisBinary(),
      ORCH_LOCAL_CHAT_PORT: String(await freePort()),
      ORCH_HTTP_PORT: String(await takenPort()),
    });
    expectOneLine(ran, { code: 1, said: /port in use.*ORCH_HTTP_PORT/ });
    expect(leftOver(dir)).toEqual([]);
  });

  it('a worker without a Redis URL', async () => {
    const env = { ...quiet, PATH: process.env.PATH ?? '' };
    const ran = await runMain(['worker', '--data-dir', await dataDir()], env);
    expectOneLine(ran, { code: 1, said: /ORCH_REDIS_URL is unset/ });
  });
});

test('start tells where everything is, answers the command line, and ends on SIGTERM (REC-140a, REC-150)', async () => {
  const dir = await dataDir();
  const env = {
    ...quiet,
    PATH: process.env.PATH ?? '',
    ORCH_REDIS_SERVER_BIN: await testRedisBinary(),
    ORCH_LOCAL_CHAT_PORT: String(await freePort()),
    ORCH_HTTP_PORT: String(await freePort()),
  };
  const started = spawnMain(['start', '--json', '--data-dir', dir], env);
  const facts = JSON.parse(await started.firstLine);
  expect(facts).toMatchObject({
    data_dir: dir,
    http: `http://127.0.0.1:${env.ORCH_HTTP_PORT}`,
    projects: [],
  });

  const status = await runMain(['status', '--json', '--data-dir', dir], env);
  expect(JSON.parse(status.stdout)).toMatchObject({ active_tasks: [], paused: false });
  expect(status.stderr).toBe('');
  const paired = await runMain(['pair', '--data-dir', dir], env);
  expect(paired.stdout).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/\?key=/);
  const second = await runMain(['start', '--data-dir', dir], env);
  expectOneLine(second, { code: 1, said: /Another control process holds this data directory/ });

  started.kill('SIGTERM');
  const { exitCode, stderr } = await started.ended;
  expect(exitCode).toBe(0);
  expect(stderr).toContain('Ctrl-C stops it.');
  expect(leftOver(dir)).toEqual([]);
});
