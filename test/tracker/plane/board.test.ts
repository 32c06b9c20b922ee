import { describe, expect, test } from 'vitest';
import { BOTH_WAYS, BoardBench } from '../../support/plane/bench.ts';

const bench = new BoardBench();

describe.each(BOTH_WAYS)('a task driven only from the board, by %s', (way) => {
  test.each(['v1', 'v2'] as const)('dialect %s: from To Analyse to Done', async (dialect) => {
    const { person, plane, statusOf, issueOf } = await bench.open();
    plane.hook.dialect = dialect;
    plane.hook.partial = dialect === 'v2';
    await bench.engine.poll();
    const issue = person.create({});
    await bench.move(way, issue, 'To Analyse');
    expect(bench.engine.taskOf(issue)).toMatchObject({
      stage: 'analysis',
      wid: 'SHOP-001',
      title: 'Show the delivery date',
    });
    await bench.pass(way, issue);
    expect(statusOf(issue)).toBe('In Review');
    await bench.move(way, issue, 'Approved');
    for (const status of ['Architecture', 'Development', 'Code Review', 'Testing', 'Staging']) {
      expect(statusOf(issue)).toBe(status);
      await bench.pass(way, issue);
    }
    expect(statusOf(issue)).toBe('Awaiting Deploy');
    await bench.move(way, issue, 'Confirm Deploy');
    expect(statusOf(issue)).toBe('Deploying');
    await bench.pass(way, issue);
    expect(bench.engine.taskOf(issue).stage).toBe('done');
    expect(statusOf(issue)).toBe('Monitoring after Deploy');
    const own = issueOf(issue).comments.map(({ external_id }) => external_id);
    expect(new Set(own).size).toBe(own.length);
    expect(own.filter((key) => key?.includes(':started'))).toHaveLength(1);
    expect(own.some((key) => key?.includes('ignored'))).toBe(false);
  });

  test('Rejected sends it back with the newest comment as the reason', async () => {
    const { person, issueOf } = await bench.open();
    await bench.engine.poll();
    const issue = person.create({});
    await bench.move(way, issue, 'To Analyse');
    await bench.pass(way, issue);
    bench.later(1000);
    person.comment(issue, '<p>Carriers are missing.</p>');
    await bench.move(way, issue, 'Rejected');
    expect(bench.engine.taskOf(issue)).toMatchObject({ stage: 'analysis', attempt: 2 });
    expect(bench.engine.taskOf(issue).words.at(-1)).toMatchObject({
      kind: 'reject',
      text: 'Carriers are missing.',
    });
    expect(issueOf(issue).comments.at(-1)?.comment_html).toContain('Reason: Carriers are missing.');
  });

  test('To Analyse after questions relaunches the analyst with the answers', async () => {
    const { person, statusOf } = await bench.open();
    await bench.engine.poll();
    const issue = person.create({});
    await bench.move(way, issue, 'To Analyse');
    bench.engine.end(issue, {
      step: 'gate.analysis_complete',
      outcome: 'needs-input',
      reason: '2 questions',
      evidence: { questions: 2, text: 'Which?' },
    });
    await bench.engine.write();
    expect(statusOf(issue)).toBe('Needs Input');
    await bench.hear(way);
    bench.later(1000);
    person.comment(issue, '<p>Both.</p>');
    await bench.move(way, issue, 'To Analyse');
    expect(bench.engine.taskOf(issue)).toMatchObject({ stage: 'analysis', attempt: 2 });
    expect(bench.engine.taskOf(issue).words.at(-1)).toMatchObject({ kind: 'answer', text: 'Both.' });
  });

  test.each(['STOP', 'Cancelled'])(
    '%s stops it, and the engine’s own Cancelled does not stop it twice',
    async (state) => {
      const { person, statusOf } = await bench.open();
      await bench.engine.poll();
      const issue = person.create({});
      await bench.move(way, issue, 'To Analyse');
      await bench.move(way, issue, state);
      expect(bench.engine.taskOf(issue).activity.kind).toBe('stopping');
      bench.engine.stopped(issue);
      await bench.engine.write();
      await bench.hear(way);
      expect(bench.engine.taskOf(issue).stage).toBe('cancelled');
      expect(statusOf(issue)).toBe('Cancelled');
      bench.later(1000);
      await bench.move(way, issue, 'To Analyse');
      expect(bench.engine.tasksOf(issue).map(({ stage }) => stage)).toEqual(['cancelled', 'analysis']);
    },
  );

  test('Approved where nothing waits is answered once an hour and evaluates nothing', async () => {
    const { person, issueOf } = await bench.open();
    await bench.engine.poll();
    const issue = person.create({});
    await bench.move(way, issue, 'To Analyse');
    const before = bench.engine.taskOf(issue);
    for (let n = 0; n < 3; n += 1) {
      await bench.move(way, issue, 'Approved');
      await bench.move(way, issue, 'Todo');
    }
    expect(bench.engine.taskOf(issue)).toEqual(before);
    const ignored = issueOf(issue).comments.filter(({ comment_html }) =>
      comment_html.includes('was ignored'),
    );
    expect(ignored.map(({ comment_html }) => comment_html)).toEqual([
      '<p>ℹ️ Status Approved was ignored: nothing waits for an approval.</p>',
    ]);
    bench.later(3_600_000);
    await bench.move(way, issue, 'Approved');
    expect(
      issueOf(issue).comments.filter(({ comment_html }) => comment_html.includes('was ignored')),
    ).toHaveLength(2);
  });

  test.each([
    ['a title of 4 characters', { name: 'Cart' }, 'Title is too short: 4 characters, at least 5'],
    ['a title of 81 characters', { name: 'x'.repeat(81) }, 'Title is too long: 81 characters, at most 80'],
    ['an empty description', { description: ' ' }, 'Description is too short: 0 characters, at least 20'],
  ])('QG-0: %s gets one comment and Blocked, and no task', async (_, text, problem) => {
    const { person, issueOf, statusOf } = await bench.open();
    await bench.engine.poll();
    const issue = person.create(text);
    await bench.move(way, issue, 'To Analyse');
    expect(bench.engine.tasksOf(issue)).toEqual([]);
    expect(statusOf(issue)).toBe('Blocked');
    expect(issueOf(issue).comments.map(({ comment_html }) => comment_html)).toEqual([
      `<p>⚠️ QG-0 failed:</p><ul><li>${problem}</li></ul>`,
    ]);
    person.edit(issue, {
      name: 'Show the delivery date',
      description_html: '<p>The cart shows when it arrives.</p>',
    });
    await bench.move(way, issue, 'To Analyse');
    expect(bench.engine.taskOf(issue).stage).toBe('analysis');
  });
});
