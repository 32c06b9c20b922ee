import { expect, test } from 'vitest';
import { awaitedCi, awaitedPull, factsOf, isWatched, type Sight } from '../../src/forge/sight.ts';
import type { WaitingKind } from '../../src/pipeline/waiting.ts';

const [HEAD, REBASED, FOREIGN, BASE, MOVED] = ['a', 'b', 'c', 'd', 'e'].map((hex) => hex.repeat(40)) as [
  string,
  string,
  string,
  string,
  string,
];

const task = (kind: WaitingKind, more: object = {}) => ({
  activity: { kind, since: 0, deadline: 1, facts: {} },
  branch: 'feature/SHOP-001',
  startSha: BASE,
  headSha: HEAD,
  testedSha: null,
  baseSha: BASE,
  landedSha: null,
  prNumber: 7,
  ...more,
});
const ci = (state: 'pending' | 'success'): NonNullable<Sight['ci']> => ({
  kind: 'ok',
  value: { state, total: 1, contexts: [], readAt: 0 },
});
const silent = task('ci', { activity: { kind: 'ci', since: 0, deadline: 1, facts: { total: 0 } } });
const none: NonNullable<Sight['ci']> = {
  kind: 'ok',
  value: { state: 'pending', total: 0, contexts: [], readAt: 0 },
};
const confirm = (more: object = {}) => task('confirm', { testedSha: REBASED, ...more });
const onRebased = task('ci', { activity: { kind: 'ci', since: 0, deadline: 1, facts: { sha: REBASED } } });

const push = (sha: string | null) => `push ${sha?.[0] ?? 'gone'}`;
test.for<[title: string, waiting: ReturnType<typeof task>, sight: Sight, facts: string[]]>([
  ['all as recorded', task('ci'), { head: HEAD, main: MOVED, ci: ci('pending') }, []],
  ['CI has ended', task('ci'), { head: HEAD, ci: ci('success') }, ['ci-changed']],
  ['CI knows no such commit', task('ci'), { ci: { kind: 'not_found', reason: '' } }, ['ci-changed']],
  ['CI could not be read', task('ci'), { ci: { kind: 'transient', reason: '502' } }, []],
  ['CI is as silent as before', silent, { ci: none }, []],
  ['CI has begun after a silence', silent, { ci: ci('pending') }, ['ci-changed']],
  [
    'a silence that cannot be told any more',
    silent,
    { ci: { kind: 'transient', reason: '502' } },
    ['ci-changed'],
  ],
  ['a forge that is back and knows no status', task('ci'), { ci: none }, ['ci-changed']],
  ['a foreign push', task('ci'), { head: FOREIGN }, [push(FOREIGN)]],
  ['a deleted branch', task('pr-review'), { head: null }, [push(null)]],
  ['a branch that could not be read', task('confirm'), {}, []],
  ['our rebased commit waits for CI', onRebased, { head: REBASED }, []],
  ['our tested commit waits for a person', confirm(), { head: REBASED, main: BASE }, []],
  ['main moved under a confirmation', confirm(), { main: MOVED }, [push(MOVED)]],
  ['main is what landed', confirm({ landedSha: MOVED }), { main: MOVED }, []],
  ['a review may have come', task('pr-review'), { pull: { number: 7, state: 'open' } }, ['pr-changed']],
  ['an open pull request says nothing to CI', task('ci'), { pull: { number: 7, state: 'open' } }, []],
  ['a pull request closed by hand', task('ci'), { pull: { number: 7, state: 'closed' } }, ['pr-changed']],
  ['a task that waits for its owner', task('approval'), { head: FOREIGN, ci: ci('success') }, []],
])('FORGE-53, FORGE-57 %s', ([, waiting, sight, facts]) => {
  const found = factsOf(waiting, sight);
  expect(found.map(({ name, data }) => (name === 'push' ? push(data.sha) : name))).toEqual(facts);
});

test('REC-75 only waits that the forge can end are looked at, and CI at the commit they name', () => {
  expect(isWatched(task('ci'))).toBe(true);
  expect(isWatched(task('lease'))).toBe(false);
  expect(awaitedCi(onRebased)).toBe(REBASED);
  expect(awaitedCi(task('ci'))).toBe(HEAD);
  expect(awaitedCi(task('confirm'))).toBeNull();
  expect(awaitedPull(task('confirm'))).toBeNull();
});
