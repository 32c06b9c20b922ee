import { expect, test } from 'vitest';
import { outsideNotes } from '../../../src/app/surfaces/outside.ts';
import { createTask, type TaskState } from '../../../src/pipeline/task.ts';

const HEAD = 'a'.repeat(40);
const OTHER = 'b'.repeat(40);

const task = (more: Partial<TaskState> = {}): TaskState => ({
  ...createTask({
    ...{ id: 1, uuid: 'u', repo: 'shop', wid: 'SHOP-001', title: 'Title', description: '', at: 1 },
    ...{ branch: 'feature/SHOP-001', issueId: null, originChat: null },
    createdBy: { surface: 'chat', id: '1', name: 'Ada', role: 'owner' },
  }),
  ...{ stage: 'review', attempt: 2, headSha: HEAD, prNumber: 7 },
  ...more,
});
const row = (name: string, data: unknown, from = 'review#2 working') => ({ name, event: { data }, from });
const push = (sha: string | null, from?: string) =>
  row('push', { branch: 'feature/SHOP-001', sha, main: false, foreign: true }, from);
const pull = (merged: boolean, closed: boolean) => row('pr-changed', { number: 7, merged, closed });

test.each([
  ['a foreign push', [push(OTHER)], [{ kind: 'foreign-push', sha: OTHER }]],
  ['a branch that was deleted', [push(null)], [{ kind: 'branch-deleted' }]],
  ['a branch that is where the engine left it again', [push(HEAD), push(OTHER)], []],
  ['a push of an earlier attempt', [push(OTHER, 'review#1 working')], []],
  ['a push to main', [row('push', { branch: 'main', sha: OTHER, main: true, foreign: false })], []],
  ['a pull request merged outside', [pull(true, true)], [{ kind: 'merged-outside' }]],
  ['a pull request closed by hand', [pull(false, true)], [{ kind: 'pr-closed' }]],
  ['one that is open again', [pull(false, false), pull(false, true)], []],
])('FORGE-53, PIPE-5: the card tells of %s', (_, told, notes) => {
  expect(outsideNotes(task(), told)).toEqual(notes);
});

test('PIPE-5 our own merge, and what the merge step has recognised, is no news', () => {
  const deploying = { kind: 'deploying', since: 1, deadline: 2, facts: {} } as const;
  expect(outsideNotes(task({ activity: deploying }), [pull(true, true)])).toEqual([]);
  expect(outsideNotes(task({ landedSha: HEAD }), [pull(true, true)])).toEqual([]);
  expect(outsideNotes(task({ stage: 'done' }), [pull(false, true), push(OTHER)])).toEqual([]);
});
