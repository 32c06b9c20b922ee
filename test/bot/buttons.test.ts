import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RepoControl } from '../../src/bot/ports.ts';
import type { TaskState } from '../../src/pipeline/task.ts';
import type { Waiting, WaitingKind } from '../../src/pipeline/waiting.ts';
import { awaitingApproval, awaitingConfirm, SHA } from '../support/bot/stages.ts';
import { waitingOf } from '../support/bot/views.ts';
import { createWorld, SHOP, type World } from '../support/bot/world.ts';
import { buttonsOf } from '../support/telegram/group-talk.ts';
import type { Person } from '../support/telegram/people.ts';

const OWNER = 11;
const REACHED = { analysis: 1, architecture: 1, development: 1, review: 1, testing: 1, 'deploy-staging': 1 };

const waits = (kind: WaitingKind, more: Partial<Waiting> = {}, change: Partial<TaskState> = {}) =>
  awaitingApproval(OWNER, Date.now(), {
    ...{ stage: 'development', attempts: REACHED, passed: ['agent', 'ensure-pr'], prNumber: 12 },
    activity: waitingOf(kind, { since: Date.now(), deadline: Date.now() + 3_600_000, ...more }),
    ...change,
  });
const failed = (cause: Waiting['cause'], change: Partial<TaskState> = {}) =>
  waits('blocked', { cause, reason: 'why', facts: {} } as Partial<Waiting>, { landedSha: SHA, ...change });
const unknown = () => {
  const delivered = { attempts: { ...REACHED, deploy: 1 }, passed: ['merge'], landedSha: SHA };
  return waits('hold', { cause: 'deploy-unknown', reason: 'why' }, { stage: 'deploy', ...delivered });
};
const running = () =>
  awaitingApproval(OWNER, Date.now(), {
    activity: { kind: 'working', step: 'agent', since: Date.now(), deadline: Date.now() + 1e6 },
  });

/** What a tap comes to: an accepted event, a call on the repository, or what is said. */
type Outcome = { event: string } | { repo: string } | { says: RegExp } | { sends: string };

const STOP: [RegExp, Outcome] = [/^🛑 Stop/, { says: /^Stop SHOP-001 at / }];
const WHY: [RegExp, Outcome] = [/^❓ Why/, { says: /^SHOP-001 / }];
const LOG: [RegExp, Outcome] = [/^📜 Log/, { sends: 'SHOP-001-analysis-1.log' }];
const TRY: [RegExp, Outcome] = [/^▶️ Try now/, { event: 'resume-now' }];
const REJECT: [RegExp, Outcome] = [/^❌ Reject/, { says: /^Why is SHOP-001 rejected\?/ }];
const BACK: [RegExp, Outcome] = [/^↩️ Roll back/, { says: /^Roll shop back from / }];
const WATCHED = [WHY, STOP];

/** Every state of section 5.1 with every button of it that is no link. */
const STATES: Readonly<Record<string, { task: () => TaskState; buttons: [RegExp, Outcome][] }>> = {
  approval: {
    task: () => awaitingApproval(OWNER, Date.now()),
    buttons: [[/^✅ Approve/, { event: 'approve' }], REJECT, WHY],
  },
  answers: {
    task: () => waits('answers', {}, { stage: 'analysis', attempts: { analysis: 1 } }),
    buttons: [[/^💬 Answer/, { says: /^What should the analyst know\?/ }], STOP],
  },
  'pr-review': { task: () => waits('pr-review'), buttons: [REJECT, STOP] },
  confirm: {
    task: () => awaitingConfirm(OWNER, Date.now()),
    buttons: [[/^🚀 Deploy a1f0000/, { says: /^Deploy SHOP-001 commit a1f0000 to shop\?/ }], REJECT, STOP],
  },
  blocked: {
    task: () => failed('agent-failed'),
    buttons: [[/^🔁 Retry/, { event: 'retry' }], LOG, STOP],
  },
  'blocked, staging failed': {
    task: () => failed('staging-failed', { failedStage: 'deploy-staging' }),
    buttons: [[/^🔁 Check again/, { event: 'retry' }], [/^🛠 To developer/, { event: 'fix' }], STOP],
  },
  'blocked, deploy failed': {
    task: () => failed('deploy-failed', { failedStage: 'deploy' }),
    buttons: [
      BACK,
      [/^🔁 Deploy again/, { event: 'retry' }],
      [/^🛠 To developer/, { event: 'fix' }],
      [/^↩️ Revert on main/, { says: /^Revert SHOP-001 \(a1f0000\) on main of shop\?/ }],
      STOP,
    ],
  },
  hold: { task: () => waits('hold'), buttons: [[/^🔁 Retry/, { event: 'retry' }], STOP] },
  'hold, deploy unknown': {
    task: unknown,
    buttons: [[/^🔁 Check again/, { event: 'regate' }], [/^🔁 Deploy again/, { event: 'retry' }], BACK, STOP],
  },
  budget: { task: () => waits('budget'), buttons: [[/^💳 \+\$25\.00/, { event: 'raise-budget' }], STOP] },
  limit: {
    task: () => waits('limit'),
    buttons: [TRY, [/^🌙 Not before /, { event: 'not-before' }], STOP],
  },
  backoff: { task: () => waits('backoff'), buttons: [TRY, WHY, STOP] },
  breaker: { task: () => waits('breaker'), buttons: [TRY, WHY, STOP] },
  runtime: { task: () => waits('runtime'), buttons: [TRY, WHY, STOP] },
  ci: { task: () => waits('ci'), buttons: WATCHED },
  lease: { task: () => waits('lease'), buttons: WATCHED },
  dependency: { task: () => waits('dependency'), buttons: WATCHED },
  serial: { task: () => waits('serial'), buttons: WATCHED },
  window: { task: () => waits('window'), buttons: WATCHED },
  deploying: {
    task: () => waits('deploying'),
    buttons: [WHY, [/^🛑 Stop/, { says: /^SHOP-001 is merging\/deploying\. It will stop right after/ }]],
  },
  frozen: {
    task: () => waits('frozen'),
    buttons: [WHY, [/^🔥 Unfreeze/, { says: /^Unfreeze shop\? Frozen since / }], STOP],
  },
  paused: {
    task: () => waits('paused'),
    buttons: [WHY, [/^▶️ Resume/, { repo: 'resume shop' }], STOP],
  },
  running: { task: running, buttons: [LOG, STOP] },
  stopping: { task: () => waits('stopping'), buttons: [] },
};

const CASES = Object.entries(STATES).flatMap(([state, { buttons }]) =>
  buttons.map(([label, outcome]) => ({ state, label, outcome })),
);

describe('every button of every state (5.1)', () => {
  let world: World;
  let ada: Person;
  let done: string[];
  beforeEach(async () => {
    done = [];
    const freeze = { repo: 'shop', scope: 'all' as const, reason: 'release', by: 'Bob', since: Date.now() };
    world = await createWorld({ projects: [{ ...SHOP, freezes: [freeze] }] });
    world.pair(OWNER, 'Ada', 'owner');
    ada = world.server.person({ id: OWNER, name: 'Ada' });
    const plan = {
      ok: true as const,
      task: 1,
      service: 'shop',
      sha: SHA,
      previousSha: 'aaaaaaa0',
      warning: null,
    };
    const repo: Partial<RepoControl> = {
      resume: ({ repo: name }) => {
        done.push(`resume ${name}`);
        return { ok: true, detail: '' };
      },
      rollbackPlan: () => plan,
    };
    world.control.repo = repo;
  });
  afterEach(() => world.close());

  const show = async (state: string): Promise<string[]> => {
    world.put(STATES[state]?.task() ?? running());
    await world.bot.refreshCard(1);
    return buttonsOf(await ada.sees(({ text }) => /^(🛠️|🚧|🛑) SHOP-001/.test(text ?? '')));
  };

  it.each(Object.keys(STATES))('%s shows these and no others', async (state) => {
    const labels = await show(state);
    const expected = STATES[state]?.buttons ?? [];
    expect(labels).toHaveLength(expected.length);
    for (const [label] of expected) expect(labels.some((text) => label.test(text))).toBe(true);
  });

  it.each(CASES)('$state: $label', async ({ state, label, outcome }) => {
    await show(state);
    await ada.presses(label);
    if ('says' in outcome) await ada.sees(({ text }) => outcome.says.test(text ?? ''));
    if ('sends' in outcome) await ada.sees(({ document }) => document?.file_name === outcome.sends);
    const events = world.decided.map(({ event, applied }) => `${event.name} ${applied}`);
    expect(events).toEqual('event' in outcome ? [`${outcome.event} true`] : []);
    expect(done).toEqual('repo' in outcome ? [outcome.repo] : []);
    await world.bot.idle();
    expect(world.store.rows.audit).toHaveLength(1);
    expect(world.store.rows.audit[0]).toMatchObject({ user: OWNER, name: 'Ada', role: 'owner', task: 1 });
  });
});
