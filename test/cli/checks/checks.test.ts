import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import type { Finding } from '../../../src/cli/checks/finding.ts';
import { CHECKS } from '../../../src/cli/checks/index.ts';
import { REDIS_SERVER } from '../../../src/cli/checks/redis.ts';
import { runChecks } from '../../../src/cli/checks/run-checks.ts';
import { dataDir } from '../context.ts';
import { MACHINE_CASES } from './machine-cases.ts';
import { PEER_CASES } from './peer-cases.ts';
import { placeWith } from './place.ts';
import { PROJECT_CASES } from './project-cases.ts';

const CASES = [...MACHINE_CASES, ...PEER_CASES, ...PROJECT_CASES];
const bad = (findings: readonly Finding[]) => findings.filter(({ level }) => level !== 'ok');

describe.each(CASES)('doctor: $check.name', ({ check, wrong, level, says, fix, fine }) => {
  it('says what is wrong and what to do', async () => {
    const found = bad(await runChecks([check], await wrong(), { fix: false }));
    const mine = found.find(({ detail }) => says.test(detail));
    expect(mine, JSON.stringify(found)).toMatchObject({ level, fix: expect.stringMatching(fix) });
    expect(mine?.name.split('.')[0]).toBe(check.name);
  });

  it('does not complain where all is well', async () => {
    const problems = (await runChecks([check], await fine(), { fix: false })).filter(
      ({ level: found }) => found === 'problem',
    );
    expect(problems).toEqual([]);
  });
});

describe.each(CASES.filter(({ mended }) => mended !== undefined))(
  'doctor --fix: $check.name',
  ({ check, wrong, says, mended }) => {
    it('mends it, and a second time changes nothing', async () => {
      const place = await wrong();
      const first = await runChecks([check], place, { fix: true });
      expect(first.map(({ mended: done }) => done).join()).toMatch(mended ?? /never/);
      expect(bad(first).filter(({ detail }) => says.test(detail))).toEqual([]);
      const second = await runChecks([check], place, { fix: true });
      expect(second.every(({ mended: done }) => done === undefined)).toBe(true);
    });
  },
);

test('every check of the table has a case here, and a name of its own', () => {
  const names = CHECKS.map(({ name }) => name);
  // Needs a server, so it is proven in the lane that has one.
  const elsewhere = [REDIS_SERVER.name];
  expect([...new Set(CASES.map(({ check }) => check.name)), ...elsewhere].sort()).toEqual([...names].sort());
  expect(new Set(names).size).toBe(names.length);
});

test('looking changes nothing, not even where nothing is yet', async () => {
  const dir = join(await dataDir(), 'not', 'yet');
  await runChecks(CHECKS, await placeWith({ dir, env: { ORCH_AGENT_RUNNER: 'scripted' } }), { fix: false });
  expect(existsSync(dirname(dir))).toBe(false);
});

test('a check that throws is a finding, and keeps no other from looking', async () => {
  const broken = { name: 'broken', about: '', look: () => Promise.reject(new Error('out of luck')) };
  const calm = { name: 'calm', about: '', look: () => [] };
  const found = await runChecks([broken, calm], await placeWith(), { fix: false });
  expect(found).toMatchObject([
    { name: 'broken', level: 'problem', detail: expect.stringMatching(/out of luck/) },
  ]);
});

test('what cannot be mended stays a problem and says why', async () => {
  const mend = () => Promise.reject(new Error('read-only'));
  const stuck = {
    name: 'stuck',
    about: '',
    look: () => [{ level: 'hint', detail: 'loose', fix: 'tighten it', mend } as const],
  };
  const found = await runChecks([stuck], await placeWith(), { fix: true });
  expect(found).toEqual([
    { name: 'stuck', level: 'problem', detail: 'loose; mending failed: read-only', fix: 'tighten it' },
  ]);
});
