import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type System, startSystem } from '../../support/system.ts';

const BY_HALF = 'export const half = (n) => n / 2;\n';
const MORE = `export const third = (n) => {
  if (n < 0) return -third(-n);
  if (n === 0) return 0;
  return n / 3;
};
`;
const testOf = (lines: readonly string[]) =>
  `${[
    "import assert from 'node:assert/strict';",
    "import test from 'node:test';",
    "import * as share from '../src/share.js';",
    "test('shares', () => {",
    ...lines.map((line) => `  assert.equal(${line});`),
    '});',
  ].join('\n')}\n`;
const HALVES = ['share.half(4), 2'];
const THIRDS = ['share.third(9), 3', 'share.third(-9), -3', 'share.third(0), 0'];

/** What a project or a request may choose: a shorter way, and a measure of its own. */
describe('a way of its own', () => {
  let system: System;
  beforeAll(async () => {
    system = await startSystem({
      settings: { ORCH_POST_DEPLOY_ENABLED: 'false' },
      project: {
        deploy: 'none',
        coverage_gate: true,
        checks: { command: 'node --test --experimental-test-coverage', timeout_s: 120 },
      },
    });
  });
  afterAll(() => system?.close());
  const isDone = ({ stage }: { stage: string }) => stage === 'done';
  const agentsOf = (id: number) => system.app.parts.house.runs.of(id).map(({ stage }) => stage);
  const gatesOf = (id: number) =>
    system.app.parts.house.verdicts
      .of(id)
      .filter(({ step, outcome }) => step.startsWith('gate.') && outcome === 'passed')
      .map(({ step }) => step);

  test('track: bugfix is delivered without an architect, and no gate is left out', async () => {
    const order = [{ write: { 'src/share.js': BY_HALF, 'test/share.test.js': testOf(HALVES) } }];
    const short = await system.newTask('Share by half', order, { more: ['track: bugfix'] });
    const done = await system.carry(short, 'done', isDone);
    expect(agentsOf(short)).toEqual(['analysis', 'development', 'review', 'testing']);
    const decision = `docs/work-items/${done.wid}/06-adr/ADR-001-mend-it.md`;
    expect(system.git('show', `main:${decision}`)).toContain('# Mend it');
    const full = await system.newTask('Write a note', [{ write: { 'notes/full.md': '# Note\n' } }]);
    await system.carry(full, 'done', isDone);
    expect(agentsOf(full)).toEqual(['analysis', 'architecture', 'development', 'review', 'testing']);
    expect(gatesOf(short)).toEqual(gatesOf(full));
  });

  test('coverage_gate: what would lower the coverage of main goes back, and lands with its test', async () => {
    const untested = [{ write: { 'src/share.js': BY_HALF + MORE } }];
    const tested = [{ write: { 'test/share.test.js': testOf([...HALVES, ...THIRDS]) } }];
    const id = await system.newTask('Share by three', untested, { again: tested });
    const refused = await system.carry(
      id,
      'sent back',
      ({ attempt, stage }) => stage === 'development' && attempt === 2,
    );
    expect(refused.bounces).toMatchObject([{ cause: 'merge' }]);
    const verdict = system.app.parts.house.verdicts.of(id).findLast(({ outcome }) => outcome === 'failed');
    expect(verdict).toMatchObject({
      step: 'gate.branch_mergeable',
      reason: expect.stringMatching(/^coverage fell from [\d.]+ % to [\d.]+ %: test what this change adds$/),
    });
    expect(system.git('show', 'main:src/share.js')).not.toContain('third');
    await system.carry(id, 'done', isDone);
    expect(system.git('show', 'main:src/share.js')).toContain('third');
  });
});
