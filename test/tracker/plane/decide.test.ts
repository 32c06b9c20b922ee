import { describe, expect, test } from 'vitest';
import type { Stage } from '../../../src/pipeline/stages.ts';
import type { TaskState } from '../../../src/pipeline/task.ts';
import type { WaitingKind } from '../../../src/pipeline/waiting.ts';
import { decide, type Observation } from '../../../src/tracker/plane/decide.ts';
import { resolveStatuses } from '../../../src/tracker/plane/status-map.ts';
import { NO_STATE } from '../../../src/tracker/plane/store.ts';
import type { PlaneState } from '../../../src/tracker/plane/wire.ts';
import { newTask } from '../../support/machine.ts';
import { ALL_STATES } from '../../support/plane/state.ts';

const SHA = 'a'.repeat(40);
const SINCE = 100_000;
const map = resolveStatuses(
  ALL_STATES.map(([name, group], sequence) => ({
    id: name,
    name,
    group: group as PlaneState['group'],
    sequence,
  })),
);

const taskAt = (stage: Stage, wait: WaitingKind | 'working' | 'ended' = 'working'): TaskState => {
  const activity =
    wait === 'working'
      ? { kind: wait, step: 'agent', since: SINCE, deadline: SINCE }
      : wait === 'ended'
        ? { kind: wait, since: SINCE }
        : { kind: wait, since: SINCE, deadline: SINCE, facts: {} };
  return {
    ...newTask(),
    stage,
    attempt: 2,
    activity,
    headSha: SHA,
    testedSha: 'b'.repeat(40),
    stageSince: SINCE,
  };
};

const seen = (state: string, tasks: readonly TaskState[], change: Partial<Observation> = {}) =>
  decide({ state, tasks, map, row: NO_STATE, updatedAt: SINCE + 60_000, stopEnabled: true, ...change });

const target = (task: TaskState, sha?: string) => ({
  task: 1,
  stage: task.stage,
  attempt: 2,
  ...(sha ? { sha } : {}),
});

describe('PLANE-30 what a status means', () => {
  const approval = taskAt('analysis', 'approval');
  const confirm = taskAt('deploy', 'confirm');
  const review = taskAt('review');
  test.each<[string, TaskState[], object]>([
    ['STOP', [review], { kind: 'command', name: 'stop', target: { task: 1 } }],
    ['Cancelled', [review], { kind: 'command', name: 'stop', target: { task: 1 } }],
    ['STOP', [], { kind: 'none' }],
    ['STOP', [taskAt('done', 'ended')], { kind: 'none' }],
    ['To Analyse', [], { kind: 'start' }],
    ['To Analyse', [taskAt('cancelled', 'ended')], { kind: 'start' }],
    [
      'To Analyse',
      [taskAt('analysis', 'answers')],
      { kind: 'command', name: 'relaunch', target: target(approval) },
    ],
    ['To Analyse', [review], { kind: 'command', name: 'relaunch', target: target(review) }],
    [
      'To Analyse',
      [taskAt('done', 'ended')],
      { kind: 'command', name: 'relaunch', target: target(taskAt('done')) },
    ],
    ['Approved', [approval], { kind: 'command', name: 'approve', target: target(approval, SHA) }],
    ['Approved', [], { kind: 'refused', reason: 'nothing_to_approve', command: null }],
    ['Rejected', [review], { kind: 'command', name: 'reject', target: target(review) }],
    ['Rejected', [], { kind: 'refused', reason: 'not_rejectable_now', command: null }],
    [
      'Confirm Deploy',
      [confirm],
      { kind: 'command', name: 'confirm-deploy', target: target(confirm, 'b'.repeat(40)) },
    ],
    ['Confirm Deploy', [], { kind: 'refused', reason: 'nothing_to_confirm', command: null }],
    ['In Progress', [review], { kind: 'none' }],
    ['Done', [review], { kind: 'none' }],
    ['Blocked', [], { kind: 'none' }],
  ])('%s with %j', (state, tasks, meaning) => {
    expect(seen(state, tasks)).toEqual(meaning);
  });

  test('PLANE-29 the last known and the pending own state are inert, whoever set them', () => {
    const row = { known: 'In Review', own: true, pending: ['Approved'], seenAt: 0 };
    expect(seen('Approved', [approval], { row })).toEqual({ kind: 'inert', reason: 'own_echo' });
    expect(seen('In Review', [approval], { row })).toEqual({ kind: 'inert', reason: 'own_echo' });
    expect(
      seen('Approved', [approval], { row: { ...row, known: 'Approved', own: false, pending: [] } }),
    ).toEqual({
      kind: 'inert',
      reason: 'duplicate',
    });
  });

  test('PLANE-31 a change older than the request it would answer is stale', () => {
    expect(seen('Approved', [approval], { updatedAt: SINCE - 1 })).toMatchObject({
      kind: 'refused',
      reason: 'stale_attempt',
    });
    expect(seen('Rejected', [review], { updatedAt: SINCE - 1 })).toMatchObject({
      kind: 'refused',
      reason: 'stale_attempt',
    });
    expect(seen('STOP', [review], { updatedAt: SINCE - 1 })).toMatchObject({ kind: 'command', name: 'stop' });
  });

  test('PLANE-31 a deploy is not confirmed within 10 s of being asked', () => {
    expect(seen('Confirm Deploy', [confirm], { updatedAt: SINCE + 9_999 })).toMatchObject({
      reason: 'stale_attempt',
    });
    expect(seen('Confirm Deploy', [confirm], { updatedAt: SINCE + 10_000 })).toMatchObject({
      name: 'confirm-deploy',
    });
  });

  test('ORCH_STOP_STATUS_ENABLED off: neither STOP nor Cancelled commands', () => {
    for (const state of ['STOP', 'Cancelled'])
      expect(seen(state, [review], { stopEnabled: false })).toEqual({ kind: 'none' });
  });
});
