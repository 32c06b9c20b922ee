import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createLocalHookStore } from '../../src/delivery/hook-store.ts';
import { createTestRunner, hookRun } from './support/hooks.ts';
import { poll } from './support/poll.ts';
import { useTempDirs } from './support/temp-dir.ts';

const makeDir = useTempDirs();

describe('the wrapper reports how the hook ended (SHIP-121)', () => {
  it.each([
    ['echo done; exit 0', 0],
    ['exit 1', 1],
    ['exit 2', 2],
    ['kill -9 $$', 137],
    ['exec /does/not/exist', 127],
  ])('%j gives exit code %i', async (text, exitCode) => {
    const runner = createTestRunner(await makeDir());
    const run = hookRun(text);
    await runner.start(run);
    const result = await poll(async () => (await runner.look(run)).result);
    expect(result).toMatchObject({ deploy_id: 'd1', sha: run.sha, mode: 'deploy', exit_code: exitCode });
  });

  it('keeps output of any bytes and the statements of the hook (SHIP-117)', async () => {
    const runner = createTestRunner(await makeDir());
    const run = hookRun(
      [
        `printf 'tab\\t quote" back\\\\slash \\001 bell\\a ünï\\n'`,
        `echo to-stderr >&2`,
        `printf 'rollback_safe: false\\nrollback_reason: drops a "column"\\nrelease: v7\\n' >"$RESULT_FILE"`,
        `echo '[2026-06-05T06:30:00Z] Deploy FAILED, rolled back'`,
        'exit 1',
      ].join('\n'),
    );
    await runner.start(run);
    expect(await poll(async () => (await runner.look(run)).result)).toMatchObject({
      rolled_back: true,
      rollback_safe: false,
      rollback_reason: 'drops a "column"',
      release: 'v7',
      log_tail:
        'tab\t quote" back\\slash  bell ünï\nto-stderr\n[2026-06-05T06:30:00Z] Deploy FAILED, rolled back',
    });
  });

  it('gives the hook its environment and nothing of ours (SHIP-112)', async () => {
    const dir = await makeDir();
    const runner = createTestRunner(dir);
    const run = { ...hookRun('env'), env: { PATH: process.env.PATH ?? '', VALUE: `it's "$HOME" \\ *` } };
    await runner.start(run);
    const { log_tail: log } = await poll(async () => (await runner.look(run)).result);
    expect(log).toContain(`VALUE=it's "$HOME" \\ *`);
    expect(log).not.toContain('HOME=/');
    expect(existsSync(join(dir, 'd1.env'))).toBe(false);
  });

  it('leaves the umask of the hook as it was, and its own files private', async () => {
    const dir = await makeDir();
    const runner = createTestRunner(dir);
    const run = hookRun(`: >${dir}/made`);
    await runner.start(run);
    await poll(async () => (await runner.look(run)).result);
    expect((await stat(join(dir, 'made'))).mode & 0o777).toBe(0o666 & ~process.umask());
    expect((await stat(join(dir, 'd1.result.json'))).mode & 0o777).toBe(0o600);
  });
});

it('starting twice runs one hook (SHIP-122)', async () => {
  const dir = await makeDir();
  const runner = createTestRunner(dir);
  const run = hookRun(`echo once >>${dir}/count`);
  await Promise.all([runner.start(run), runner.start(run)]);
  await poll(async () => (await runner.look(run)).result);
  await runner.start(run);
  expect(await readFile(join(dir, 'count'), 'utf8')).toBe('once\n');
});

it('a hook that hangs is seen as running for as long as its wrapper lives', async () => {
  const dir = await makeDir();
  const runner = createTestRunner(dir);
  const run = hookRun(`echo $$ >${dir}/pid; exec sleep 600`);
  await runner.start(run);
  const hookPid = Number(await poll(() => readFile(join(dir, 'pid'), 'utf8').catch(() => null)));
  expect(await runner.look(run)).toMatchObject({ wrapperAlive: true, result: null });
  process.kill(hookPid, 'SIGKILL');
  expect(await poll(async () => (await runner.look(run)).result)).toMatchObject({ exit_code: 137 });
});

it('a wrapper killed half-way is seen as dead at once, without a result', async () => {
  const dir = await makeDir();
  const runner = createTestRunner(dir);
  const run = hookRun(`echo $$ >${dir}/pid; exec sleep 600`);
  await runner.start(run);
  const hookPid = Number(await poll(() => readFile(join(dir, 'pid'), 'utf8').catch(() => null)));
  const { started } = await runner.look(run);
  process.kill(started?.pid ?? 0, 'SIGKILL');
  await poll(async () => !(await runner.look(run)).wrapperAlive);
  process.kill(hookPid, 'SIGKILL');
  expect(await runner.look(run)).toMatchObject({ wrapperAlive: false, result: null });
});

it('a heartbeat that stopped means dead even when a stranger has the pid', async () => {
  const dir = await makeDir();
  const runner = createTestRunner(dir);
  const started = { deploy_id: 'd1', pid: process.pid, boot_id: '', started_at: 'x' };
  await writeFile(join(dir, 'd1.started'), JSON.stringify(started));
  await writeFile(join(dir, 'd1.alive'), '');
  const run = { deployId: 'd1', sha: 'a' };
  expect((await runner.look(run)).wrapperAlive).toBe(true);
  await utimes(join(dir, 'd1.alive'), 0, Date.now() / 1_000 - 25);
  expect((await runner.look(run)).wrapperAlive).toBe(false);
});

describe('a result of something else is ignored (SHIP-125)', () => {
  const result = (changes: object) =>
    JSON.stringify({
      deploy_id: 'd1',
      sha: 'a',
      mode: 'deploy',
      exit_code: 0,
      started_at: 'x',
      finished_at: 'y',
      rolled_back: false,
      rollback_safe: true,
      log_tail: '',
      ...changes,
    });

  it.each([
    [result({ deploy_id: 'd0' }), 'the result belongs to deploy d0'],
    [result({ sha: 'b' }), 'the result belongs to commit b'],
    [result({ exit_code: '0' }), 'the result file is not a hook result'],
    ['{"deploy_id":"d1"', 'the result file is not a hook result'],
    ['', 'the result file is not a hook result'],
  ])('%s', async (text, ignored) => {
    const dir = await makeDir();
    await writeFile(join(dir, 'd1.result.json'), text);
    const sight = await createTestRunner(dir).look({ deployId: 'd1', sha: 'a' });
    expect(sight).toMatchObject({ result: null, ignored });
  });
});

it('a transport that cannot start anything says so and may be tried again', async () => {
  const runner = createTestRunner(await makeDir(), {
    transport: 'systemd-run',
    env: { PATH: join(import.meta.dirname, 'nothing-here') },
    run: async () => ({
      exitCode: 1,
      signal: null,
      timedOut: false,
      cause: null,
      durationMs: 1,
      stdoutTail: '',
      stderrTail: 'Failed to connect to bus: No medium found\n',
      swept: { killed: 0, left: [] },
    }),
  });
  await expect(runner.start(hookRun('true'))).rejects.toMatchObject({
    code: 'hook-not-started',
    retry: true,
    message: expect.stringContaining('No medium found'),
  });
});

it('the hook survives the death of the process group that started it (SHIP-120)', async () => {
  const dir = await makeDir();
  const script = join(import.meta.dirname, '../fixtures/delivery/start-hook.ts');
  const starter = spawn(process.execPath, ['--import', 'tsx', script, dir], {
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(starter.stdout, 'data');
  process.kill(-(starter.pid ?? 0), 'SIGKILL');
  await once(starter, 'exit');

  const runner = createTestRunner(dir);
  const run = { deployId: 'd1', sha: 'a'.repeat(40) };
  expect(await runner.look(run)).toMatchObject({ wrapperAlive: true, result: null });
  await writeFile(join(dir, 'go'), '');
  expect(await poll(async () => (await runner.look(run)).result)).toMatchObject({
    exit_code: 0,
    log_tail: 'survived',
  });
});

it('the local store never shows a half-written parcel', async () => {
  const dir = await makeDir();
  const store = createLocalHookStore({ stateDir: join(dir, 'new'), now: Date.now });
  await store.put('d1', { env: { A: '1', B: 'two words' }, wrapper: 'w', hook: 'h' });
  expect(await readFile(join(dir, 'new/d1.env'), 'utf8')).toBe('A=1\nB=two words\n');
  expect((await stat(join(dir, 'new/d1.env'))).mode & 0o777).toBe(0o600);
  expect((await stat(join(dir, 'new/d1.hook'))).mode & 0o777).toBe(0o700);
  expect(await store.read('d1')).toEqual({ started: null, aliveAgeMs: null, result: null });
});
