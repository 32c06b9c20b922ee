import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { countTests } from '../../src/workspace/test-count.ts';
import { createGitWorld, type GitWorld } from '../support/git/workspace.ts';

const BRANCH = 'feature/SHOP-007-x';
let world: GitWorld;
let sha: string;
beforeEach(async () => {
  world = await createGitWorld({ secrets: ['very-secret-value'], checksEnv: { NPM_CONFIG_CACHE: '/cache' } });
  sha = await world.personPushes(BRANCH, {
    'check.sh': 'echo "# tests 3"; env | sort; ls\n',
    '.gitignore': 'deps\n',
  });
  await world.workspace.mirror.fetch();
});
afterEach(() => world.remove());

const run = (command: string, more: object = {}) =>
  world.workspace.runChecks({ sha, branch: BRANCH, command, deadlineMs: 20_000, id: 'c1', ...more });

test('FORGE-40 the command runs in a clean checkout with a closed environment; its output is kept', async () => {
  const result = await run('sh check.sh; echo very-secret-value');
  expect(result).toMatchObject({ state: 'success', exitCode: 0, sha, tests: 3 });
  const names = result.tail.split('\n').flatMap((line) => /^([A-Z_]+)=/.exec(line)?.[1] ?? []);
  expect(names.filter((name) => !['PWD', 'OLDPWD', 'SHLVL', '_'].includes(name))).toEqual([
    'CI',
    'GIT_TERMINAL_PROMPT',
    'HOME',
    'LANG',
    'NPM_CONFIG_CACHE',
    'ORCH_RUN_ID',
    'PATH',
  ]);
  expect(result.tail).not.toContain('very-secret-value');
  expect(await readFile(result.logPath, 'utf8')).toContain('check.sh');
});

test('FORGE-40 a red command is failure; a signal, a time-out and a missing commit are error', async () => {
  expect(await run('exit 3')).toMatchObject({ state: 'failure', exitCode: 3 });
  expect(await run('kill -9 $$')).toMatchObject({ state: 'error', exitCode: null });
  expect(await run('sleep 30 & sleep 30', { deadlineMs: 300 })).toMatchObject({
    state: 'error',
    exitCode: null,
  });
  expect(await run('true', { sha: '0'.repeat(40) })).toMatchObject({ state: 'error' });
});

test('FORGE-40 setup runs first when the worktree is new and not again; installed files stay, others go', async () => {
  const setup = 'echo once >> deps';
  expect(await run('cat deps && touch left-over', { setup })).toMatchObject({
    state: 'success',
    tail: 'once',
  });
  expect(await run('test ! -e left-over && cat deps', { setup })).toMatchObject({
    state: 'success',
    tail: 'once',
  });
  const locked = await world.personPushes(BRANCH, { 'package-lock.json': '{}\n' });
  expect(await run('cat deps', { setup, sha: locked })).toMatchObject({ tail: 'once\nonce' });
  const again = await world.personPushes(BRANCH, { 'package-lock.json': '{"a":1}\n' });
  expect(await run('true', { setup: 'exit 1', sha: again })).toMatchObject({ state: 'error' });
});

test('FORGE-40 uncommitted files of the task’s worktree have no effect', async () => {
  const { path: dir } = await world.workspace.ensureWorktree({
    branch: BRANCH,
    wid: 'SHOP-007',
    recordedHead: sha,
  });
  await writeFile(path.join(dir, 'check.sh'), 'exit 1\n');
  expect(await run('sh check.sh')).toMatchObject({ state: 'success' });
});

test.each([
  ['\u001b[32m Tests \u001b[39m 1 failed | 11 passed (12)\n', 12],
  ['Tests:       1 failed, 2 skipped, 11 passed, 14 total\n', 12],
  ['# tests 9\n# suites 0\n# pass 6\n# fail 1\n# cancelled 0\n# skipped 2\n# todo 0\n', 7],
  [' Tests  11 passed | 3 skipped (14)\n', 11],
  ['# tests 7\n# pass 7\n', 7],
  ['ℹ tests 8\n', 8],
  ['==== 1 failed, 11 passed, 3 skipped in 0.12s ====\n', 12],
  ['test result: ok. 12 passed; 1 failed; 0 ignored; 0 measured\n', 13],
  ['  12 passing (30ms)\n', 12],
  ['nothing here', undefined],
])('FORGE-40 %j counts as %s executed tests', (output, tests) => {
  expect(countTests(output)).toBe(tests);
});
