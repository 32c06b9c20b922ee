import { describe, expect, it } from 'vitest';
import { staleOnMain, staleReason } from '../../src/pipeline/freshness.ts';

const START = 'a'.repeat(40);
const HEAD = 'b'.repeat(40);
const facts = {
  file: '13-test-report.md',
  workItem: 'SHOP-014',
  attempt: 2,
  commits: [START, HEAD],
  changedInAttempt: true,
};

describe('freshness of a verdict (PIPE-67)', () => {
  const table: [string, Record<string, string>, boolean, string | null][] = [
    ['all fields match', { work_item: 'SHOP-014', attempt: '2', commit: HEAD }, true, null],
    ['no field is present', {}, true, null],
    ['the commit is start_sha in capitals', { commit: START.toUpperCase() }, true, null],
    ['work_item_id names the task', { work_item_id: 'shop-014' }, true, null],
    ['the commit is abbreviated', { commit: HEAD.slice(0, 8) }, true, null],
    ['another attempt', { attempt: '1' }, true, 'attempt 1'],
    ['an attempt that is no number', { attempt: '2nd' }, true, 'attempt 2nd'],
    ['another work item', { work_item: 'SHOP-013' }, true, 'work item SHOP-013'],
    ['another commit', { commit: 'c'.repeat(40) }, true, `commit ${'c'.repeat(40)}`],
    ['too short a commit', { commit: 'bbb' }, true, 'commit bbb'],
    ['inc-43 an untouched file', { work_item: 'SHOP-014' }, false, 'an attempt before 2'],
  ];
  it.each(table)('%s', (_what, fields, changedInAttempt, what) => {
    expect(staleReason(fields, { ...facts, changedInAttempt })).toBe(
      what && `stale verdict: 13-test-report.md was written for ${what}`,
    );
  });

  it('inc-48 wants work item and commit in a file read from main', () => {
    const prefix = 'stale verdict: 13-test-report.md was written for';
    expect(staleOnMain({ work_item: 'SHOP-014', commit: HEAD }, facts)).toBeNull();
    expect(staleOnMain({ work_item: 'SHOP-014' }, facts)).toBe(`${prefix} no commit it names`);
    expect(staleOnMain({ commit: HEAD }, facts)).toBe(`${prefix} no work item it names`);
    expect(staleOnMain({ work_item: 'SHOP-014', commit: 'd'.repeat(40) }, facts)).toMatch(/commit dddd/);
  });
});
