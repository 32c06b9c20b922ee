import { CommanderError } from 'commander';
import { describe, expect, it, test } from 'vitest';
import { failureOf } from '../../src/cli/failure.ts';
import { renderTable } from '../../src/cli/output/table.ts';
import { ageOf, iconOf } from '../../src/cli/output/tasks.ts';
import { wantsColour } from '../../src/cli/output/terminal.ts';
import { fitTo, plain, plainLine } from '../../src/cli/output/text.ts';
import { renderCliReference } from '../../src/cli/reference.ts';
import { ConfigError } from '../../src/config/problems.ts';
import { AppError } from '../../src/errors.ts';
import { run } from './context.ts';

describe('tables', () => {
  it('align wide characters and cut the last column to the terminal', () => {
    const rows = [
      ['🙋', 'SHOP-1', '日本語のタイトル'],
      ['▶️', 'SHOP-1234', 'short'],
    ];
    expect(renderTable(rows, 24)).toEqual(['🙋  SHOP-1     日本語の…', '▶️  SHOP-1234  short']);
  });

  it('cut between characters, never inside one', () => {
    expect(fitTo('a👨‍👩‍👧b', 3)).toBe('a…');
    expect(fitTo('fits', 4)).toBe('fits');
  });
});

test('text of users cannot steer the terminal (SAFE-3)', () => {
  expect(plainLine('a\u001b[2Jb\nc\u0007\u202ed')).toBe('ab cd');
  expect(plain('one\n\ttwo\r')).toBe('one\n\ttwo');
});

test.each([
  [{ stage: 'done', waiting: null }, '🎉'],
  [{ stage: 'cancelled', waiting: null }, '🛑'],
  [{ stage: 'review', waiting: null }, '▶️'],
  [{ stage: 'review', waiting: { kind: 'blocked', owner: 'you' } }, '🚧'],
  [{ stage: 'analysis', waiting: { kind: 'approval', owner: 'you' } }, '🙋'],
  [{ stage: 'review', waiting: { kind: 'ci', owner: 'ci' } }, '⏳'],
] as const)('the icon of %j is %s (VIEW-3)', (task, icon) => {
  expect(iconOf(task as never)).toBe(icon);
});

test('ages are in their largest unit', () => {
  const now = Date.parse('2026-01-02T00:00:00Z');
  const ages = ['2026-01-01T23:59:30Z', '2026-01-01T23:30:00Z', '2025-12-31T00:00:00Z'].map((at) =>
    ageOf(at, now),
  );
  expect(ages).toEqual(['30s', '30m', '2d']);
});

test('colours need a terminal and no NO_COLOR', () => {
  const stream = (isTTY: boolean) => ({ isTTY }) as never;
  expect(wantsColour(stream(true), {})).toBe(true);
  expect(wantsColour(stream(true), { NO_COLOR: '1' })).toBe(false);
  expect(wantsColour(stream(false), {})).toBe(false);
});

describe('failures (REC-144)', () => {
  const problem = { key: 'ORCH_A', problem: 'bad', fix: 'mend it' };
  it.each([
    ['a usage error', new CommanderError(1, 'commander.unknownOption', "error: unknown option '--x'"), 2],
    ['help', new CommanderError(0, 'commander.helpDisplayed', '(outputHelp)'), 0],
    ['invalid configuration', new ConfigError([problem, { ...problem, key: 'ORCH_B' }]), 78],
    ['an AppError', new AppError('x', 'Expected a,\nfound b.', { hint: 'Do c.' }), 1],
    [
      'a full disk',
      Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' }),
      1,
    ],
    ['a bug', new TypeError('x is not a function'), 1],
    ['a thrown word', 'oops', 1],
  ])('%s ends with its exit code, readable and without a stack', (_, error, exitCode) => {
    const failure = failureOf(error, { debug: false });
    expect(failure.exitCode).toBe(exitCode);
    expect(failure.lines).toMatchSnapshot();
  });

  it('shows the stack of a bug only when asked for', () => {
    expect(failureOf(new TypeError('x'), { debug: true }).lines.join('\n')).toMatch(/\n {4}at /);
  });
});

test('every command has an example, --json and --data-dir', async () => {
  const reference = renderCliReference();
  const commands = [...reference.matchAll(/^## orchestrator (.+)$/gm)].map((match) => match[1] ?? '');
  expect(commands.length).toBeGreaterThan(35);
  for (const command of commands) {
    const words = command.replace(/ [<[].*/, '').split(' ');
    const { stdout } = await run([...words, '--help']);
    expect(stdout, command).toMatch(/--json/);
    expect(stdout, command).toMatch(/--data-dir/);
    expect(stdout, command).toMatch(/\$ .*orchestrator /);
  }
});
