import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { analysisComplete } from '../../src/gates/analysis-complete.ts';
import { architectureDone } from '../../src/gates/architecture-done.ts';
import { CONTRACTS, contractPath, sampleVerdict } from '../../src/pipeline/contract.ts';
import { createWorld, DIR, type World } from './support/world.ts';

let world: World;
let round = 0;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.remove());

const FULL = {
  [`${DIR}/01-brd.md`]: 'why\n',
  [`${DIR}/02-trz.md`]: 'what\n',
  [`${DIR}/03-acceptance-criteria.md`]: '- AC-1 PASS when …, FAIL when …\n',
  [`${DIR}/04-test-plan.yaml`]: 'work_item: SHOP-014\ntests:\n  - id: TC-01\n    expected: PASS\n',
};
const questions = (fields: string, body = '1. Which date? Default: today\n2. Where?\n') => ({
  [`${DIR}/05-questions.md`]: `---\ntype: questions\n${fields}---\n${body}`,
});

/** A fresh branch: what was there before the attempt, then what the attempt committed. */
async function attempt(before: Record<string, string>, files: Record<string, string>, number = 1) {
  round += 1;
  const branch = `feature/SHOP-014-${round}`;
  const startSha = await world.commit(branch, before);
  const headSha = await world.commit(branch, files);
  await world.workspace.mirror.fetch();
  return world.input({ startSha, headSha, branch, attempt: number, stage: 'analysis' });
}

describe('check_analysis_complete (PIPE-26, PIPE-68)', () => {
  const without = (name: string) =>
    Object.fromEntries(Object.entries(FULL).filter(([path]) => !path.includes(name)));
  const table: [string, Record<string, string>, Record<string, string>, string, string | RegExp][] = [
    ['all four files', {}, FULL, 'passed', 'analysis complete'],
    [
      'complete wins over questions',
      {},
      { ...FULL, ...questions('questions: 2\n') },
      'passed',
      'analysis complete',
    ],
    ['questions only', {}, questions('questions: 2\n'), 'needs-input', '2 questions'],
    ['questions counted by their list', {}, questions(''), 'needs-input', '2 questions'],
    [
      'no question in the file',
      {},
      questions('questions: 0\n'),
      'failed',
      /^analysis is empty: 01-brd\.md not found/,
    ],
    [
      'questions of an earlier attempt',
      questions('questions: 2\n'),
      { 'x.txt': '1' },
      'failed',
      /^analysis is empty/,
    ],
    [
      'questions for another attempt',
      {},
      questions('attempt: 9\nquestions: 1\n'),
      'failed',
      /^analysis is empty/,
    ],
    ['nothing written', {}, { 'x.txt': '1' }, 'failed', /01-brd\.md not found.*04-test-plan\.yaml not found/],
    ['an empty file', {}, { ...FULL, [`${DIR}/02-trz.md`]: ' \n' }, 'failed', /02-trz\.md is empty/],
    ['a missing plan', {}, without('04'), 'failed', /04-test-plan\.yaml not found/],
    [
      'no acceptance criterion',
      {},
      { ...FULL, [`${DIR}/03-acceptance-criteria.md`]: 'later\n' },
      'failed',
      /has no AC-/,
    ],
    [
      'a plan without tests',
      {},
      { ...FULL, [`${DIR}/04-test-plan.yaml`]: 'tests: []\n' },
      'failed',
      /has no tests/,
    ],
    [
      'a plan that is no YAML',
      {},
      { ...FULL, [`${DIR}/04-test-plan.yaml`]: 'a: [\n' },
      'failed',
      /does not parse/,
    ],
    [
      'files of an earlier attempt only',
      FULL,
      { 'x.txt': '1' },
      'failed',
      /none of 01–04 changed in this attempt/,
    ],
    [
      'one file changed, the others kept',
      FULL,
      { [`${DIR}/02-trz.md`]: 'better\n' },
      'passed',
      'analysis complete',
    ],
  ];
  it.each(table)('%s', async (_what, before, files, outcome, reason) => {
    const input = await attempt(before, files);
    const result = await analysisComplete(input, world.ports, world.signal);
    expect(result).toMatchObject({
      outcome,
      reason: typeof reason === 'string' ? reason : expect.stringMatching(reason),
    });
    if (outcome === 'needs-input')
      expect(result.evidence).toMatchObject({
        questions: 2,
        items: [expect.stringMatching(/^1\. Which/), '2. Where?'],
      });
  });
});

it('a complete analysis tells its size: criteria of 03, tests of 04', async () => {
  const files = {
    ...FULL,
    [`${DIR}/03-acceptance-criteria.md`]: '- AC-1 …\n- AC-2 … as AC-1\n- AC-10 …\n',
    [`${DIR}/04-test-plan.yaml`]: 'tests:\n  - id: TC-01\n  - id: TC-02\n',
  };
  const result = await analysisComplete(await attempt({}, files), world.ports, world.signal);
  expect(result.evidence).toMatchObject({ criteria: 3, tests: 2 });
});

describe('check_architecture_done (PIPE-69)', () => {
  const ADR = { [`${DIR}/06-adr/ADR-001-cache.md`]: 'Decision: none needed\n' };
  const conflict = (value: string) => ({
    [`${DIR}/09-conflict.md`]: `---\ntype: conflict\nconflict: ${value}\n---\nAC-1 against AC-2\n`,
  });
  const table: [string, Record<string, string>, Record<string, string>, string, string | RegExp][] = [
    ['a decision record', {}, ADR, 'passed', 'architecture done'],
    [
      'infrastructure only',
      {},
      { [`${DIR}/07-infra-requirements.md`]: 'none\n' },
      'passed',
      'architecture done',
    ],
    ['a declared conflict', {}, { ...ADR, ...conflict('true') }, 'failed', /contradicts itself/],
    ['a withdrawn conflict', {}, { ...ADR, ...conflict('false') }, 'passed', 'architecture done'],
    ['a conflict of an earlier attempt', conflict('true'), ADR, 'passed', 'architecture done'],
    [
      'an unreadable conflict',
      {},
      { ...ADR, ...conflict('maybe') },
      'no-verdict',
      /expected conflict: true or false, found maybe/,
    ],
    ['an empty record', {}, { [`${DIR}/06-adr/ADR-001-cache.md`]: '\n' }, 'no-verdict', /^no ADR/],
    ['a record under another name', {}, { [`${DIR}/06-adr/notes.md`]: 'x\n' }, 'no-verdict', /^no ADR/],
    ['nothing of this attempt', ADR, { 'x.txt': '1' }, 'no-verdict', /^none of 06, 07, 08, 10 changed/],
    [
      'risks changed, records kept',
      ADR,
      { [`${DIR}/10-tech-risks.md`]: 'R1\n' },
      'passed',
      'architecture done',
    ],
  ];
  it.each(table)('%s', async (_what, before, files, outcome, reason) => {
    const input = await attempt(before, files);
    const result = await architectureDone(input, world.ports, world.signal);
    expect(result).toMatchObject({
      outcome,
      reason: typeof reason === 'string' ? reason : expect.stringMatching(reason),
    });
    if (outcome === 'failed') expect(result.evidence.conflict).toBe('AC-1 against AC-2');
  });

  it('on a track without an architect the analysis’ decision counts, and none at all still does not (issue 9)', async () => {
    const judge = async (before: Record<string, string>) => {
      const input = { ...(await attempt(before, { 'x.txt': '1' })), writtenBefore: true };
      return (await architectureDone(input, world.ports, world.signal)).outcome;
    };
    expect([await judge(ADR), await judge({})]).toEqual(['passed', 'no-verdict']);
  });
});

describe('the samples the analyst and the architect are shown (PIPE-64)', () => {
  it.each([
    ['questions', analysisComplete, 'needs-input'],
    ['conflict', architectureDone, 'failed'],
  ] as const)('inc-47 %s is read by its own gate', async (name, gate, outcome) => {
    const rule = CONTRACTS[name];
    const facts = { wid: 'SHOP-014', attempt: 1, commit: '', branch: '' };
    const input = await attempt({}, { [contractPath(rule, 'SHOP-014')]: sampleVerdict(rule, facts) });
    expect(await gate(input, world.ports, world.signal)).toMatchObject({ outcome });
  });
});
