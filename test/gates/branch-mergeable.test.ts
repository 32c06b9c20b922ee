import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { branchMergeable } from '../../src/gates/branch-mergeable.ts';
import type { GateInput } from '../../src/gates/gate.ts';
import { BRANCH, createWorld, exampleSettings, type World } from './support/world.ts';

let world: World;
beforeEach(async () => {
  world = await createWorld();
});
afterEach(() => world.remove());

/** The gate as it runs for a branch whose head the engine has recorded. */
async function gate(headSha: string, over: Partial<GateInput> = {}) {
  await world.workspace.mirror.fetch();
  const project = { ...world.project, checks: { command: 'true' }, ...over.project };
  const input = world.input({
    gate: 'check_branch_mergeable',
    stage: 'deploy-staging',
    headSha,
    ...over,
    project,
  });
  return branchMergeable(input, world.ports, world.signal);
}
const originHead = async (branch: string) => {
  await world.git('fetch', '-q', 'origin');
  return world.git('rev-parse', `origin/${branch}`);
};
const withCheck = (command: string) => ({ ...world.project, checks: { command } });

describe('check_branch_mergeable (SHIP-50 to SHIP-59)', () => {
  it('rebases onto the newest main, pushes, tests the combined tree and records it', async () => {
    const head = await world.commit(BRANCH, { 'src/a.txt': '4\n' });
    const main = await world.commit('main', { 'src/b.txt': '5\n' });
    const result = await gate(head, { project: withCheck('cat src/a.txt src/b.txt') });
    expect(result).toMatchObject({
      outcome: 'passed',
      reason: `rebased onto ${main.slice(0, 7)}, tests green`,
    });
    const tip = await originHead(BRANCH);
    expect(tip).not.toBe(head);
    expect(result.evidence).toMatchObject({ headSha: tip, baseSha: main, testedSha: tip });
    expect(result.evidence.testedTree).toBe(await world.git('rev-parse', `${tip}^{tree}`));
    expect(await world.git('merge-base', tip, main)).toBe(main);
    expect(world.outside).toMatchObject({ released: [], fence: 1 });
    expect(await originHead('main')).toBe(main);
  });

  it('inc-56 finds two changes that are green alone and red together, and hands over command, exit code and output', async () => {
    const head = await world.commit(BRANCH, { 'src/a.txt': '6\n' });
    await world.commit('main', { 'src/b.txt': '5\n' });
    const result = await gate(head, {
      project: withCheck(`cat src/*.txt; test $(($(cat src/a.txt) + $(cat src/b.txt))) -le 10`),
    });
    expect(result).toMatchObject({
      outcome: 'failed',
      reason: expect.stringMatching(/^re-test of the combined tree: exit 1/),
    });
    expect(result.evidence).toMatchObject({
      headSha: await originHead(BRANCH),
      verbatim: expect.stringContaining('6\n5'),
    });
    expect(world.outside.released).toEqual([1]);
  });

  it('inc-63 returns a conflict verbatim and leaves branch and worktree alone', async () => {
    await world.commit('main', { 'src/a.txt': 'one\ntwo\nthree\n' });
    const head = await world.commit(BRANCH, { 'src/a.txt': 'one\nours\nthree\n' });
    await world.commit('main', { 'src/a.txt': 'one\ntheirs\nthree\n' }, 'change of main');
    const result = await gate(head);
    expect(result).toMatchObject({ outcome: 'failed', reason: 'rebase conflict in src/a.txt' });
    const verbatim = String(result.evidence.verbatim);
    for (const part of ['<<<<<<<', 'ours', 'theirs', '>>>>>>>', 'change of main'])
      expect(verbatim).toContain(part);
    expect(await originHead(BRANCH)).toBe(head);
    expect(world.outside.released).toEqual([1]);
  });

  it('parks on a busy lease without touching anything', async () => {
    const head = await world.commit(BRANCH, { 'src/a.txt': '1\n' });
    world.outside.leaseHolder = 'SHOP-013';
    expect(await gate(head)).toMatchObject({
      outcome: 'pending',
      reason: 'the merge lease is held by SHOP-013',
      evidence: { wait: 'lease', facts: { holder: 'SHOP-013' } },
    });
  });

  it('does not push when its lease was lost meanwhile (SHIP-52)', async () => {
    const head = await world.commit(BRANCH, { 'src/a.txt': '1\n' });
    await world.commit('main', { 'src/b.txt': '2\n' });
    world.ports.lease.holds = async () => false;
    expect(await gate(head)).toMatchObject({ outcome: 'pending', evidence: { wait: 'lease' } });
    expect(await originHead(BRANCH)).toBe(head);
  });

  it('blocks when somebody else changed the branch, and overwrites nothing', async () => {
    const head = await world.commit(BRANCH, { 'src/a.txt': '1\n' });
    const foreign = await world.commit(BRANCH, { 'src/a.txt': '2\n' });
    expect(await gate(head)).toMatchObject({
      outcome: 'cannot-verify',
      reason: expect.stringMatching(/^somebody else changed the branch/),
    });
    expect(await originHead(BRANCH)).toBe(foreign);
  });

  it('recognises its own push after an interruption', async () => {
    const head = await world.commit(BRANCH, { 'src/a.txt': '1\n' });
    await world.commit('main', { 'src/b.txt': '2\n' });
    const killed = new AbortController();
    world.ports.lease.holds = async () => {
      killed.abort(new Error('killed'));
      return true;
    };
    const input = world.input({ gate: 'check_branch_mergeable', stage: 'deploy-staging', headSha: head });
    await expect(branchMergeable(input, world.ports, killed.signal)).rejects.toThrow('killed');
    const pushed = await originHead(BRANCH);
    world.ports.lease.holds = async () => true;
    // Nothing of it was kept; git alone knows, also when main has moved on.
    expect(await gate(head)).toMatchObject({ outcome: 'passed', evidence: { testedSha: pushed } });
    await world.commit('main', { 'src/c.txt': '3\n' });
    const again = await gate(head);
    expect(again).toMatchObject({ outcome: 'passed' });
    // One commit more, by whomever, is no rebase of ours.
    const foreign = await world.commit(BRANCH, { 'src/a.txt': '9\n' });
    expect(await gate(head)).toMatchObject({ outcome: 'cannot-verify', evidence: { foreignPush: true } });
    expect(await originHead(BRANCH)).toBe(foreign);
  });

  it("takes the same patch with other blanks, or a branch of which nothing was recorded, for somebody else's", async () => {
    const head = await world.commit(BRANCH, { 'src/a.py': 'if x:\n    a()\n' });
    await world.workspace.mirror.fetch();
    const main = await world.commit('main', { 'src/b.txt': '2\n' });
    await world.git('checkout', '-q', '-B', 'other', main);
    await world.git('push', '-q', '-f', 'origin', `other:refs/heads/${BRANCH}`);
    const foreign = await world.commit(BRANCH, { 'src/a.py': 'if x:\n  a()\n' });
    expect(await world.git('cherry', foreign, head, main)).toMatch(/^- /);
    expect(await gate(head)).toMatchObject({ outcome: 'cannot-verify', evidence: { foreignPush: true } });
    const unrecorded = world.input({
      gate: 'check_branch_mergeable',
      stage: 'deploy-staging',
      headSha: null,
    });
    expect(await branchMergeable(unrecorded, world.ports, world.signal)).toMatchObject({
      outcome: 'cannot-verify',
    });
    // Neither is one known whose recorded head this host has never seen.
    expect(await gate('c'.repeat(40))).toMatchObject({ evidence: { foreignPush: true } });
    expect(await originHead(BRANCH)).toBe(foreign);
  });

  it('skips the re-test only for an unmoved head with engine-run evidence (SHIP-56)', async () => {
    const head = await world.commit(BRANCH, { 'src/a.txt': '1\n' });
    const passes = [{ sha: head, durationMs: 5, tests: 3, coverage: null }];
    const checkHistory = { passes, mainTests: null, mainCoverage: null };
    const project = withCheck('exit 1');
    expect(await gate(head, { project, checkHistory })).toMatchObject({
      outcome: 'passed',
      evidence: { retest: { by: 'known' } },
    });
    await world.commit('main', { 'src/b.txt': '2\n' });
    expect(await gate(head, { project, checkHistory })).toMatchObject({ outcome: 'failed' });
  });

  it('waits for the forge CI of exactly the rebased commit, keeps the lease, and tests once', async () => {
    const head = await world.commit(BRANCH, { 'src/a.txt': '1\n' });
    await world.commit('main', { 'src/b.txt': '2\n' });
    const project = { ...withCheck('echo once >> $HOME/runs'), ci: 'forge' as const };
    const first = await gate(head, { project });
    expect(first).toMatchObject({
      outcome: 'pending',
      evidence: { wait: 'ci', read: 1, headSha: await originHead(BRANCH) },
    });
    expect(world.outside.released).toEqual([]);
    world.outside.ci = [{ kind: 'ok', value: { state: 'success', total: 1, contexts: [], readAt: 0 } }];
    const second = await gate(String(first.evidence.headSha), { project, previous: first.evidence });
    expect(second).toMatchObject({ outcome: 'passed', evidence: { retest: { by: 'known' } } });
  });

  const declarations: [string, object, string, string][] = [
    [
      'nothing declared',
      { checks: undefined, ci: 'engine' },
      'cannot-verify',
      'cannot verify: the combined tree; set checks, or declare `checks: none`',
    ],
    ['checks and CI declared absent', { checks: 'none', ci: 'none' }, 'passed', 'untested'],
  ];
  it.each(declarations)('inc-45 %s (SHIP-59)', async (_what, over, outcome, reason) => {
    const head = await world.commit(BRANCH, { 'src/a.txt': '1\n' });
    const result = await gate(head, { project: { ...world.project, ...over } as GateInput['project'] });
    expect(result).toMatchObject({ outcome, reason: expect.stringContaining(reason) });
    if (outcome === 'passed') expect(result.evidence).toMatchObject({ untested: true, testedSha: head });
  });

  it('is off or out of scope without touching git (SET-5, SET-6)', async () => {
    const settings = exampleSettings();
    settings.merge.enabled = false;
    expect(await gate('f'.repeat(40), { settings })).toMatchObject({
      outcome: 'passed',
      reason: 'off (ORCH_MERGE_GATE_ENABLED)',
    });
    expect(world.outside.fence).toBe(0);
  });
});

describe('implausible test runs (SHIP-58)', () => {
  const history = (durationMs: number, mainTests: number | null) => ({
    passes: Array.from({ length: 5 }, (_, i) => ({
      sha: `${i}`.repeat(40),
      durationMs,
      tests: 4,
      coverage: null,
    })),
    mainTests,
    mainCoverage: null,
  });
  const table: [string, command: string, ReturnType<typeof history>, string | null][] = [
    ['inc-44 exit 0 in place of a minute', 'exit 0', history(60_000, null), 'ended after'],
    ['inc-44 half of the tests gone', 'echo "# tests 2"', history(1, 4), 'executed 2 tests'],
    ['inc-44 no count where there was one', 'exit 0', history(1, 4), 'executed 0 tests'],
    ['as many tests as on main', 'echo "# tests 4"', history(1, 4), null],
    ['no history', 'exit 0', { passes: [], mainTests: null, mainCoverage: null }, null],
  ];
  it.each(table)('%s', async (_what, command, checkHistory, doubt) => {
    const head = await world.commit(BRANCH, { 'src/a.txt': '1\n' });
    const result = await gate(head, { project: withCheck(command), checkHistory });
    expect(result.outcome).toBe(doubt ? 'cannot-verify' : 'passed');
    if (doubt) expect(result.reason).toMatch(new RegExp(`^implausible test run: ${doubt}`));
  });

  it('accepts fewer tests when the test plan names the removed ones', async () => {
    const plan = 'tests: [{ id: TC-01 }]\nremoved_tests: [old total, old discount]\n';
    const head = await world.commit(BRANCH, { 'docs/work-items/SHOP-014/04-test-plan.yaml': plan });
    const result = await gate(head, { project: withCheck('echo "# tests 2"'), checkHistory: history(1, 4) });
    expect(result).toMatchObject({ outcome: 'passed' });
  });
});

describe('coverage that never falls, where the project asks for it (issue 9)', () => {
  const history = (mainCoverage: number | null) => ({ passes: [], mainTests: null, mainCoverage });
  const says = (percent: string) => `echo "All files | ${percent} | 75 | 100 | 80 |"`;
  const table: [string, command: string, landed: number | null, outcome: string][] = [
    ['more than what landed last', says('81.5'), 81.4, 'passed'],
    ['as much', says('81.4'), 81.4, 'passed'],
    ['a little less', says('81.39'), 81.4, 'failed'],
    ['the first measure of all', says('12'), null, 'passed'],
    ['none told', 'echo fine', 81.4, 'cannot-verify'],
  ];
  it.each(table)('%s', async (_what, command, landed, outcome) => {
    const head = await world.commit(BRANCH, { 'src/a.txt': '1\n' });
    const project = { ...withCheck(command), coverageGate: true };
    const result = await gate(head, { project, checkHistory: history(landed) });
    expect(result.outcome).toBe(outcome);
    if (outcome === 'passed') expect(result.evidence.retest).toMatchObject({ coverage: expect.any(Number) });
    if (outcome === 'failed')
      expect(result).toMatchObject({
        reason: 'coverage fell from 81.4 % to 81.39 %: test what this change adds',
        evidence: { findings: [{ id: expect.stringMatching(/^MERGE-/) }] },
      });
  });

  it('a run that CI made of the same commit is measured too, and nothing is asked where it is off', async () => {
    const head = await world.commit(BRANCH, { 'src/a.txt': '1\n' });
    const passes = [{ sha: head, durationMs: 1, tests: null, coverage: 50 }];
    const checkHistory = { passes, mainTests: null, mainCoverage: 81.4 };
    const on = { ...withCheck('exit 1'), coverageGate: true };
    expect((await gate(head, { project: on, checkHistory })).outcome).toBe('failed');
    expect((await gate(head, { project: { ...on, coverageGate: false }, checkHistory })).outcome).toBe(
      'passed',
    );
  });
});
