import { describe, expect, it, test } from 'vitest';
import { run } from './context.ts';

describe('usage errors (REC-144)', () => {
  it.each([
    ['an unknown command', ['strat'], /unknown command 'strat'.*start/],
    ['an unknown option', ['status', '--wide'], /unknown option '--wide'/],
    ['a missing argument', ['freeze'], /missing required argument 'project'/],
    ['a missing option', ['task', 'new'], /required option '--title <text>'/],
    ['too many arguments', ['version', 'now'], /too many arguments/],
    ['no work item id', ['task', 'approve', '12'], /work item id such as SHOP-012/],
    ['a word outside the choices', ['freeze', 'shop', '--scope', 'half'], /intake, delivery, all/],
    ['a number out of range', ['task', 'list', '--limit', '0'], /from 1 to 500/],
    ['a negative sum', ['task', 'raise-budget', 'SHOP-1', '--usd', '-3'], /positive number of USD|argument/],
    ['no time', ['task', 'not-before', 'SHOP-1', 'soon'], /time such as/],
    ['words that are needed', ['task', 'answer', 'SHOP-1'], /missing required argument 'text'/],
  ])('%s is one line with the way to help, exit code 2', async (_, argv, said) => {
    const { exitCode, stdout, stderr } = await run(argv);
    expect(stderr).toMatch(said);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(stderr).toContain('See: orchestrator help');
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
  });

  it('no command at all is a usage error that shows the help', async () => {
    const { exitCode, stdout, stderr } = await run([]);
    expect(exitCode).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain('Usage: orchestrator');
  });
});

test('help goes to standard output and is a success', async () => {
  const { exitCode, stdout, stderr } = await run(['task', 'list', '--help']);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  expect(stdout).toContain('$ orchestrator task list --filter waiting');
});

test('version prints version and commit, as text and as one JSON value', async () => {
  expect((await run(['version'])).stdout).toBe('orchestrator 1.2.3 (abcdef0)\n');
  expect(JSON.parse((await run(['version', '--json'])).stdout)).toMatchObject({ version: '1.2.3' });
  expect(JSON.parse((await run(['--json', 'version'])).stdout)).toMatchObject({ version: '1.2.3' });
});
