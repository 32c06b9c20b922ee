import { join } from 'node:path';
import { describe, expect, it, onTestFinished, test } from 'vitest';
import { openDb } from '../../src/db/open.ts';
import type { RepoRequest } from '../../src/http/control-api.ts';
import { createHttpServer } from '../../src/http/server.ts';
import { recorder } from '../http/control-recorder.ts';
import { depsOf } from '../http/http-server.ts';
import { dataDir, run } from './context.ts';

/** A control process on the socket of a fresh data directory. */
async function control() {
  const dir = await dataDir();
  const { control, commands, created } = recorder();
  const changes: RepoRequest[] = [];
  const change = (request: RepoRequest) => {
    changes.push(request);
    return { ok: true as const, detail: `${request.repo} frozen` };
  };
  const deps = await depsOf({
    routes: { control, repo: { freeze: change, pause: change }, projects: () => [{ repo: 'shop' }] },
  });
  const server = createHttpServer({ ...deps, socketPath: join(dir, 'control.sock') });
  await server.listen();
  onTestFinished(() => server.close(0));
  const cli = (argv: string[], options = {}) => run([...argv, '--data-dir', dir], options);
  return { cli, commands, created, changes };
}

describe('with a control process running (REC-140a)', () => {
  test('task list prints a table that never exceeds the terminal', async () => {
    const { cli } = await control();
    const { stdout, stderr, exitCode } = await cli(['task', 'list'], { columns: 30 });
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toMatch(/^▶️ +SHOP-12 +analysis.*…\n$/);
  });

  test('task list --json is what the server said', async () => {
    const { cli } = await control();
    expect(JSON.parse((await cli(['task', 'list', '--json'])).stdout)).toMatchObject({ total: 1 });
  });

  it('takes the description of a new task from standard input and the one project there is (TRK-12)', async () => {
    const { cli, created } = await control();
    const { stdout } = await cli(['task', 'new', '--title', 'Add a sitemap', '--label', 'autoApprove'], {
      stdin: 'For search engines.\n',
    });
    expect(stdout).toBe('SHOP-13\n');
    expect(created).toMatchObject([
      {
        project: 'shop',
        title: 'Add a sitemap',
        description: 'For search engines.',
        labels: ['autoApprove'],
      },
    ]);
  });

  it.each([
    [['approve', 'shop-12', '--sha', 'abcdef1'], { command: 'approve', target: { sha: 'abcdef1' } }],
    [['confirm', 'SHOP-12'], { command: 'confirm-deploy' }],
    [['reject', 'SHOP-12', 'keep', 'the', 'export'], { command: 'reject', text: 'keep the export' }],
    [
      ['override', 'SHOP-12', '--gate', 'ci_green', 'ours'],
      { command: 'override', args: { gate: 'check_ci_green' } },
    ],
    [['raise-budget', 'SHOP-12', '--usd', '5'], { command: 'raise-budget', args: { cap: 'task', usd: 5 } }],
    [['auto', 'SHOP-12', 'deploy', 'off'], { command: 'auto', args: { auto: 'deploy', on: false } }],
    [
      ['block', 'SHOP-12', 'shop-11'],
      { command: 'depend', args: { dependency: { on: 'SHOP-11', remove: false } } },
    ],
    [
      ['unblock', 'SHOP-12', 'SHOP-11'],
      { command: 'depend', args: { dependency: { on: 'SHOP-11', remove: true } } },
    ],
    [
      ['not-before', 'SHOP-12', '2026-03-01T09:00Z'],
      { command: 'not-before', args: { at: 1_772_355_600_000 } },
    ],
    [['note', 'SHOP-12', '-'], { command: 'note', text: 'from a file' }],
  ])('task %j gives the engine its command (PIPE-29)', async (argv, expected) => {
    const { cli, commands } = await control();
    await cli(['task', ...argv], { stdin: 'from a file\n' });
    expect(commands).toMatchObject([{ wid: 'SHOP-12', ...expected }]);
  });

  it('says why a command was refused, in one line, exit code 1', async () => {
    const { cli } = await control();
    expect(await cli(['task', 'approve', 'SHOP-12'])).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: 'This belongs to attempt 2.\n',
    });
  });

  it('freezes a project with scope and reason', async () => {
    const { cli, changes } = await control();
    const { stdout } = await cli(['freeze', 'shop', '--scope', 'delivery', '--reason', 'audit']);
    expect(stdout).toBe('shop frozen\n');
    expect(changes).toMatchObject([{ repo: 'shop', scope: 'delivery', reason: 'audit' }]);
  });
});

describe('with no control process running (REC-140a)', () => {
  it('changing commands name `orchestrator start`', async () => {
    const { exitCode, stderr } = await run(['task', 'approve', 'SHOP-12', '--data-dir', await dataDir()]);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^Expected a control process .* orchestrator start\n$/);
  });

  it.each([
    ['task list', { tasks: [], total: 0 }],
    ['status', { instance: null, active_tasks: [] }],
    ['queue', { counts: { done: 0 }, freezes: [] }],
  ])('%s reads the database and says so', async (words, expected) => {
    const dir = await dataDir();
    openDb({ file: join(dir, 'orchestrator.db') }).$client.close();
    const { exitCode, stdout, stderr } = await run([...words.split(' '), '--json', '--data-dir', dir]);
    expect(stderr).toBe('No control process is running; this is read from the database.\n');
    expect(JSON.parse(stdout)).toMatchObject(expected);
    expect(exitCode).toBe(0);
  });

  it('a task that does not exist is one line', async () => {
    const dir = await dataDir();
    openDb({ file: join(dir, 'orchestrator.db') }).$client.close();
    const { exitCode, stderr } = await run(['task', 'show', 'SHOP-1', '--data-dir', dir]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('Expected a task of SHOP-1, found none.');
  });

  it('without a database there is nothing to read', async () => {
    const { exitCode, stderr } = await run(['status', '--data-dir', await dataDir()]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('orchestrator start');
  });
});

test('doctor lists every check and where settings come from (SET-10)', async () => {
  const { stdout } = await run(['doctor', '--json', '--data-dir', await dataDir()]);
  const { checks, settings } = JSON.parse(stdout);
  const names = checks.map(({ name }: { name: string }) => name);
  expect(names).toEqual(
    expect.arrayContaining(['node', 'git', 'data', 'disk', 'redis', 'claude', 'control']),
  );
  expect(settings).toContainEqual(expect.objectContaining({ key: 'ORCH_DATA_DIR', source: 'argument' }));
});

test('doctor reports invalid settings and checks the rest', async () => {
  const { exitCode, stdout } = await run(['doctor', '--data-dir', await dataDir()], {
    env: { ORCH_HTTP_PORT: 'abc' },
  });
  expect(exitCode).toBe(1);
  expect(stdout).toMatch(/✗ settings: ORCH_HTTP_PORT/);
  expect(stdout).toMatch(/✓ git/);
});
