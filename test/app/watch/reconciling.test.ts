import { describe, expect, it } from 'vitest';
import { createReconciling } from '../../../src/app/watch/reconciling.ts';
import { silentLogger } from '../../../src/log.ts';
import type { StatusKey } from '../../../src/pipeline/stages.ts';
import { started, storeOf } from '../../db/store.ts';
import { projectOf } from '../../support/machine.ts';

const MINUTE = 60_000;
type Ci = 'success' | 'pending' | 'failure';

/** A task whose developer's commit waits for CI while nobody tells; the forge and the tracker say what the test wants. */
function bench({
  ci = 'success' as Ci,
  status = 'development' as StatusKey | null | Error,
  alias = false,
  looks = true,
} = {}) {
  const store = storeOf();
  const { id } = started(store, 1);
  const now = { at: 2_000 };
  const write = (state: Record<string, unknown>, activity: Record<string, unknown>) => {
    const task = store.tasks.get(id);
    const next = { ...task, ...state, activity, version: (task?.version ?? 0) + 1 };
    store.db.$client
      .prepare('update tasks set state = ?, stage = ?, activity = ?, version = ? where id = ?')
      .run(JSON.stringify(next), next.stage ?? '', String(activity.kind), next.version, id);
  };
  write(
    {
      stage: 'development',
      prepared: true,
      headSha: 'a'.repeat(40),
      passed: ['agent', 'ensure-pr'],
      updatedAt: 2_000,
    },
    { kind: 'ci', since: 2_000, deadline: 10 * 3600_000, facts: { sha: 'a'.repeat(40), total: 1 } },
  );
  const reads: string[] = [];
  const tracker = {
    getIssue: async () => {
      if (status instanceof Error) throw status;
      return { kind: 'ok', value: { statusKey: status } } as never;
    },
    statusMap: async () =>
      ({ kind: 'ok', value: { [String(status)]: { name: 'x', how: alias ? 'alias' : 'name' } } }) as never,
  };
  const duties = {
    house: { ...store, policyOf: store.store.policyOf, deploys: { watched: () => [], open: () => [] } },
    publisher: { stateOf: async () => 'unknown', isLive: async () => false },
    project: () => projectOf({ ci: 'forge' }),
    inHand: () => new Set<number>(),
    ...{ leaseTtlMs: 1, graceMs: () => 0, now: () => now.at, log: silentLogger() },
  };
  const reconciling = createReconciling({
    duties: duties as never,
    forgeWatch: { look: async () => undefined },
    enabled: true,
    gates: {
      house: duties.house as never,
      project: () => projectOf({ ci: 'forge' }),
      trackerFor: () => tracker,
      forgeFor: () =>
        ({
          ciState: async (sha: string) => {
            reads.push(sha);
            return { kind: 'ok', value: { state: ci, total: 1, contexts: [] } };
          },
        }) as never,
      looksAtTracker: looks,
      graceMs: () => 10 * MINUTE,
      now: () => now.at,
    },
  });
  const pings = () =>
    store.db.$client
      .prepare("select dedup_key from outbox where dedup_key like 'ping:%unblocked%'")
      .pluck()
      .all();
  return { ...store, id, now, reconciling, reads, pings, place: () => store.tasks.get(id)?.activity.kind };
}

describe('the gates’ side of the reconciler (REC-71 to REC-76)', () => {
  it('inc-23 a gate that passed while nobody told goes on, and is told once', async () => {
    const { reconciling, now, place, pings, reads } = bench();
    now.at += 9 * MINUTE;
    await reconciling.tick();
    expect([place(), reads]).toEqual(['ci', []]);
    now.at += 2 * MINUTE;
    await reconciling.tick();
    await reconciling.tick();
    expect([place(), pings().length]).toEqual(['working', 1]);
    expect(reconciling.stats()).toMatchObject({ unblocked_total: 1, errors_total: 0, last_run_at: now.at });
  });

  it.each(['pending', 'failure'] as const)(
    'a gate that says %s changes nothing and says nothing',
    async (ci) => {
      const { reconciling, now, place, pings, tasks, id } = bench({ ci });
      now.at += 11 * MINUTE;
      const rows = tasks.log(id).length;
      for (let n = 0; n < 20; n += 1) await reconciling.tick();
      expect([place(), pings(), tasks.log(id).length]).toEqual(['ci', [], rows]);
    },
  );

  describe('guard 2, the tracker, is silent', () => {
    it.each([
      ['for a state in which a person holds the task', { status: 'blocked' as const }, 'ci'],
      ['for Needs Input', { status: 'needs_input' as const }, 'ci'],
      ['for a real Deploying', { status: 'deploying' as const }, 'ci'],
      ['when the state is not known', { status: null }, 'ci'],
      ['when the tracker does not answer', { status: new Error('502') }, 'ci'],
      ['not for a state that is only an alias', { status: 'monitoring' as const, alias: true }, 'working'],
      ['not where it is switched off', { status: 'blocked' as const, looks: false }, 'working'],
    ])('%s', async (_, seen, expected) => {
      const { reconciling, now, place } = bench(seen);
      now.at += 11 * MINUTE;
      await reconciling.tick();
      expect(place()).toBe(expected);
      if (expected === 'ci') expect(reconciling.stats().guards).toEqual({ tracker: 1 });
    });
  });
});
