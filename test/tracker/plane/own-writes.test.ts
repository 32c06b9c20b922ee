import { describe, expect, test } from 'vitest';
import { labelCommand } from '../../../src/tracker/label-command.ts';
import { interpret } from '../../../src/tracker/plane/interpret.ts';
import { BoardBench } from '../../support/plane/bench.ts';

const bench = new BoardBench();

describe('PLANE-31 whose clock says what came first', () => {
  const MINUTE_MS = 60_000;

  test.each([
    ['behind ours', -5 * MINUTE_MS],
    ['ahead of ours', 5 * MINUTE_MS],
  ])('a Plane whose clock is %s: a decision made at once counts, with its reason', async (_, skewMs) => {
    const { person, issueOf } = await bench.open({ now: () => bench.now() + skewMs });
    await bench.engine.poll();
    const issue = person.create({});
    await bench.move('webhooks', issue, 'To Analyse');
    await bench.pass('webhooks', issue);
    person.comment(issue, '<p>Too vague</p>');
    person.move(issue, 'Rejected');
    await bench.hear('webhooks');
    expect(bench.engine.taskOf(issue)).toMatchObject({ stage: 'analysis', attempt: 2 });
    expect(bench.engine.taskOf(issue).words.at(-1)?.text).toBe('Too vague');
    expect(issueOf(issue).comments.some(({ external_id: key }) => key?.includes('ignored'))).toBe(false);
  });

  test('a decision made before it was asked is still too late, however far ahead Plane is', async () => {
    const { person } = await bench.open({ now: () => bench.now() + 5 * MINUTE_MS });
    await bench.engine.poll();
    const issue = person.create({});
    await bench.move('webhooks', issue, 'To Analyse');
    person.move(issue, 'Approved');
    bench.later(1000);
    bench.engine.pass(issue);
    await bench.hear('webhooks');
    expect(bench.engine.taskOf(issue)).toMatchObject({ stage: 'analysis', activity: { kind: 'approval' } });
    expect(bench.engine.seen).toContainEqual(
      expect.objectContaining({ kind: 'refused', reason: 'stale_attempt' }),
    );
  });
});

describe('PLANE-29 own writes', () => {
  test('inc-28 inc-29 an echo that comes before the answer, after it, twice or days later has no effect', async () => {
    const { person, plane, tracker } = await bench.open();
    await bench.engine.poll();
    const issue = person.create({});
    await bench.move('webhooks', issue, 'To Analyse');
    plane.weather = { lose: false, copies: 2, hold: false };
    plane.faults.push({ matches: (method) => method === 'PATCH', do: 'drop-after' });
    expect((await tracker.setStatus(issue, 'in_review', 'k')).kind).toBe('transient');
    const before = bench.engine.taskOf(issue);
    const echoes = plane.deliveries.splice(0);
    expect(echoes).toHaveLength(2);
    await bench.engine.receive(echoes);
    expect((await tracker.setStatus(issue, 'in_review', 'k')).kind).not.toBe('permanent');
    bench.later(3 * 86_400_000);
    await bench.engine.receive([...echoes].reverse());
    await bench.engine.poll();
    expect(bench.engine.taskOf(issue)).toEqual(before);
    expect(new Set(bench.engine.seen.slice(-2).map(({ kind }) => kind))).not.toContain('event');
  });

  test('what was read before a write of ours is inert, however late it is looked at', async () => {
    const { person, project, tracker, store, stateOf } = await bench.open();
    await bench.engine.poll();
    const issue = person.create({});
    await bench.move('webhooks', issue, 'To Analyse');
    const stale = await project.issue(issue);
    if (stale.kind !== 'ok') throw new Error(stale.reason);
    bench.later(1000);
    expect(await tracker.setStatus(issue, 'in_review', 'k')).toEqual({ kind: 'done' });
    const reading = await interpret(
      {
        tasksOf: bench.engine.tasksOf,
        intake: { titleMin: 5, titleMax: 80, descriptionMin: 20 },
        ...{ lang: 'en', stopEnabled: true, blockersOf: async () => null },
      },
      // Whoever set it: before the write it was not what we know.
      {
        ...{ project, tracker, payload: { title: '', description: '' }, actor: null },
        issue: { ...stale.value, state: stateOf('To Analyse') },
      },
    );
    expect(reading.results).toEqual([{ kind: 'inert', reason: 'duplicate' }]);
    reading.commit();
    expect(store.issueState(issue)).toMatchObject({ known: stateOf('In Review'), own: true });
  });

  test('the engine’s own Approved, written for a label, commands nothing', async () => {
    const { person, tracker } = await bench.open();
    await bench.engine.poll();
    const issue = person.create({});
    await bench.move('webhooks', issue, 'To Analyse');
    await bench.pass('webhooks', issue);
    const before = bench.engine.taskOf(issue);
    await tracker.setStatus(issue, 'approved', 'k');
    await bench.hear('webhooks');
    await bench.hear('polling alone');
    expect(bench.engine.taskOf(issue)).toEqual(before);
  });
});

describe('PLANE-58 labels on the board', () => {
  const settings = {
    enabled: true,
    inScope: () => true,
    approveLabel: 'autoApprove',
    deployLabel: 'autoDeploy',
  };
  const ask = async (issue: string) => {
    const event = await labelCommand(settings, bench.world.tracker, {
      task: bench.engine.taskOf(issue),
      at: bench.at,
    });
    return event === null ? null : bench.engine.engine.apply(event);
  };

  test('inc-30 a label lifts its own human gate and no other, and its own status write is inert', async () => {
    const { person, issueOf, tracker } = await bench.open();
    await bench.engine.poll();
    const issue = person.create({});
    await bench.move('webhooks', issue, 'To Analyse');
    expect(await ask(issue)).toBeNull();
    await bench.pass('webhooks', issue);
    expect(await ask(issue)).toBeNull();
    bench.later(1000);
    person.label(issue, 'auto-approve');
    await bench.hear('webhooks');
    expect(bench.engine.seen.at(-1)).toMatchObject({ kind: 'wake', issue });
    expect(await ask(issue)).toMatchObject({ ok: true });
    expect(bench.engine.taskOf(issue).stage).toBe('architecture');
    await tracker.setStatus(issue, 'approved', 'k');
    await bench.hear('webhooks');
    await bench.engine.write();
    expect(bench.engine.taskOf(issue).stage).toBe('architecture');
    const texts = issueOf(issue).comments.map(({ comment_html }) => comment_html);
    expect(texts).toContain('<p>🤖 Approved by the label autoApprove.</p>');
    for (let n = 0; n < 5; n += 1) await bench.pass('webhooks', issue);
    expect(bench.engine.taskOf(issue).activity.kind).toBe('confirm');
    expect(await ask(issue)).toBeNull();
  });
});
