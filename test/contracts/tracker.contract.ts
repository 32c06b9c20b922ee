import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Tracker } from '../../src/tracker/port.ts';
import { until } from '../support/until.ts';

/** What a tracker under test offers beside the port: people who use it. */
export interface TrackerUnderTest {
  tracker: Tracker;
  /** An issue a person made. */
  create(text: { title: string; description: string }): Promise<string>;
  label(id: string, ...names: string[]): Promise<void>;
  comment(id: string, text: string): Promise<void>;
  block(id: string, by: string): Promise<void>;
  /** Name of the issue's status as people see it. */
  statusName(id: string): Promise<string>;
  commentCount(id: string): Promise<number>;
  close(): Promise<void>;
}

const TEXT = { title: 'Show the delivery date', description: 'The cart shows when an order will arrive.' };
/** Trackers order by milliseconds. */
async function clockTicks(): Promise<void> {
  const now = Date.now();
  await until(() => Date.now() > now, { what: 'the clock ticks', everyMs: 1 });
}

const ABSENT = '00000000-0000-4000-8000-000000000000';

/** The promises of TRK-2, TRK-3, TRK-6 and section 10, for any adapter. */
export function trackerContract(name: string, create: () => Promise<TrackerUnderTest>): void {
  describe(`tracker contract: ${name}`, () => {
    let world: TrackerUnderTest;
    beforeEach(async () => {
      world = await create();
    });
    afterEach(() => world.close());

    const read = async (id: string) => {
      const found = await world.tracker.getIssue(id);
      if (found.kind !== 'ok') throw new Error(`${found.kind}: ${found.reason}`);
      return found.value;
    };

    test('TRK-2 an issue is read with its text, number and status', async () => {
      const id = await world.create(TEXT);
      const issue = await read(id);
      expect(issue).toMatchObject({ id, ...TEXT, priority: 'none', archived: false });
      expect(issue.seq).toBeGreaterThan(0);
      expect(issue.updatedAt).toBeGreaterThan(0);
    });

    test('TRK-3 an issue that does not exist is not_found, not an empty one', async () => {
      expect((await world.tracker.getIssue(ABSENT)).kind).toBe('not_found');
    });

    test('TRK-2 issues are numbered in order and created once per key', async () => {
      const issue = { ...TEXT, labels: [], createdBy: 'ann', key: crypto.randomUUID() };
      const first = await world.tracker.createIssue(issue);
      const second = await world.tracker.createIssue({ ...issue, key: crypto.randomUUID() });
      if (first.kind !== 'ok' || second.kind !== 'ok') throw new Error('not created');
      expect(second.value.seq).toBe(first.value.seq + 1);
      expect(await world.tracker.createIssue(issue)).toEqual(first);
      expect(await read(first.value.id)).toMatchObject(TEXT);
    });

    test('TRK-9 text of a created issue comes back as it was given', async () => {
      const description = 'First line: a < b & "c"\nsecond line of it\n\nA paragraph.';
      const made = await world.tracker.createIssue({
        title: `<b>Bold</b> & 'quoted'`,
        description,
        labels: [],
        createdBy: 'ann',
        key: crypto.randomUUID(),
      });
      if (made.kind !== 'ok') throw new Error(made.reason);
      const issue = await read(made.value.id);
      expect(issue.title).toBe(`<b>Bold</b> & 'quoted'`);
      expect(issue.description.replace(/\s+/g, ' ')).toContain('a < b & "c"');
    });

    test.each([
      'analysis',
      'needs_input',
      'in_review',
      'architecture',
      'development',
      'code_review',
      'testing',
      'deploy_staging',
      'awaiting_deploy',
      'deploying',
      'monitoring',
      'done',
      'blocked',
      'cancelled',
    ] as const)('PLANE-24 the engine sets %s and reads it back', async (status) => {
      const id = await world.create(TEXT);
      expect(await world.tracker.setStatus(id, status, `status:1:1:${status}`)).toEqual({ kind: 'done' });
      const issue = await read(id);
      expect(issue.statusKey).toBe(status);
      expect(issue.statusName).toBe(await world.statusName(id));
      expect(issue.statusGroup === 'completed' || issue.statusGroup === 'cancelled').toBe(
        status === 'done' || status === 'cancelled',
      );
    });

    test('TRK-4 a write to an issue that does not exist is refused for good', async () => {
      expect((await world.tracker.setStatus(ABSENT, 'blocked', 'k')).kind).toBe('permanent');
    });

    test('TRK-6 the same key writes one comment, and comments are told apart from people’s', async () => {
      const id = await world.create(TEXT);
      const comment = {
        html: '<p>🔍 Analyst started.</p>',
        author: 'analyst',
        key: 'comment:1:analysis:1:started',
      };
      expect(await world.tracker.addComment(id, comment)).toEqual({ kind: 'done' });
      expect((await world.tracker.addComment(id, comment)).kind).toBe('skipped');
      await world.comment(id, 'Please use the new address.');
      expect(await world.commentCount(id)).toBe(2);
      const comments = await world.tracker.listComments(id);
      if (comments.kind !== 'ok') throw new Error(comments.reason);
      expect(comments.value.map(({ own }) => own)).toEqual([false, true]);
      expect(comments.value[0]?.text).toBe('Please use the new address.');
    });

    test('PLANE-56 a label is found by its name, whatever its case, spaces and dashes', async () => {
      const id = await world.create(TEXT);
      expect(await world.tracker.hasLabel(id, 'autoApprove')).toBe('no');
      await world.label(id, 'urgent', 'Auto-Approve');
      expect(await world.tracker.hasLabel(id, 'autoApprove')).toBe('yes');
      expect(await world.tracker.hasLabel(id, 'autoDeploy')).toBe('no');
      expect(await world.tracker.hasLabel(ABSENT, 'autoApprove')).toBe('unknown');
    });

    test('PLANE-59 blockers are the ids of the issues that block it', async () => {
      const [first, second] = [await world.create(TEXT), await world.create(TEXT)];
      expect(await world.tracker.listBlockers(second)).toEqual({ kind: 'ok', value: [] });
      await world.block(second, first);
      expect(await world.tracker.listBlockers(second)).toEqual({ kind: 'ok', value: [first] });
    });

    test('TRK-2 changed issues are listed newest first, and nothing older than asked for', async () => {
      const ids: string[] = [];
      for (const n of [1, 2, 3]) {
        ids.push(await world.create({ ...TEXT, title: `Issue number ${n}` }));
        await clockTicks();
      }
      const all = await world.tracker.listChanged(0);
      if (all.kind !== 'ok') throw new Error(all.reason);
      expect(all.value.map(({ id }) => id)).toEqual([...ids].reverse());
      const second = all.value[1]?.updatedAt ?? 0;
      const newer = await world.tracker.listChanged(second);
      expect(newer.kind === 'ok' && newer.value.map(({ id }) => id)).toEqual([ids[2]]);
    });

    test('TRK-2 the status map names a state for everything the engine writes', async () => {
      const map = await world.tracker.statusMap();
      if (map.kind !== 'ok') throw new Error(map.reason);
      for (const key of ['analysis', 'in_review', 'blocked', 'done', 'cancelled'] as const)
        expect(map.value[key]?.how).toBe('name');
    });
  });
}
