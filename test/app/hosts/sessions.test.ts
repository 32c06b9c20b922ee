import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSessions } from '../../../src/app/hosts/sessions.ts';
import type { SessionRow } from '../../../src/db/run-sessions.ts';
import { silentLogger } from '../../../src/log.ts';
import type { Bounce, TaskState } from '../../../src/pipeline/task.ts';
import { newTask } from '../../support/machine.ts';

const TOTALS = { costUsd: 1, models: {} };
const HOUR = 3_600_000;
let worktree: string;
beforeAll(() => {
  worktree = mkdtempSync(`${os.tmpdir()}/orch-tree-`);
});
afterAll(() => rmSync(worktree, { recursive: true }));

type Change = Omit<Partial<SessionRow>, 'session'> & { session?: Partial<SessionRow['session']> };

const run = ({ session, ...change }: Change = {}): SessionRow => ({
  id: 'r1',
  stage: 'development',
  attempt: 1,
  class: 'limit',
  ended: true,
  sessionId: 's1',
  session: { resumed: false, turns: 3, contextPct: 10, host: 'here', home: '/h', totals: TOTALS, ...session },
  endedAt: 1_000,
  ...change,
});

const choose = (runs: SessionRow[], task: Partial<TaskState> = {}) =>
  createSessions({
    sessions: () => runs,
    worktreePath: () => worktree,
    host: 'here',
    isReady: (host) => host === 'there',
    home: '/h',
    limits: { maxResumes: 3, maxContextPct: 60, maxAgeMs: 168 * HOUR },
    now: () => 2_000,
    log: silentLogger(),
  })({ ...newTask(), stage: 'development', attempt: 1, ...task })?.id ?? null;

const bounce = (cause: string) => ({ cause }) as Bounce;

describe('inc-80 the session of the next run of a task (AGENT-39, AGENT-40)', () => {
  const table: [title: string, runs: SessionRow[], task: Partial<TaskState>, id: string | null][] = [
    ['no run: fresh', [], {}, null],
    ['a limit after a turn: resumed', [run()], {}, 's1'],
    ['a limit before any turn: fresh', [run({ session: { turns: 0 } })], {}, null],
    ['a raised budget: resumed', [run({ class: 'budget' })], {}, 's1'],
    ['a first crash: resumed', [run({ class: 'crash' })], {}, 's1'],
    [
      'a second crash of the attempt: fresh',
      [run({ class: 'crash' }), run({ id: 'r2', class: 'crash', session: { resumed: true } })],
      {},
      null,
    ],
    ['a lost run: resumed', [run({ class: 'interrupted' })], {}, 's1'],
    ['a timeout: fresh', [run({ class: 'timeout' })], {}, null],
    [
      'a refusal before the start does not count',
      [run(), run({ id: 'r2', session: { host: null } })],
      {},
      's1',
    ],
    [
      'a run on another host that is ready: resumed there',
      [run({ session: { host: 'there', home: '/x' } })],
      {},
      's1',
    ],
    ['a run on a host that is not: fresh', [run({ session: { host: 'away' } })], {}, null],
    ['another home: fresh', [run({ session: { home: '/other' } })], {}, null],
    ['a context that is too full: fresh', [run({ session: { contextPct: 61 } })], {}, null],
    ['a session once saturated: fresh', [run({ class: 'saturated' }), run({ id: 'r2' })], {}, null],
    [
      'resumed three times: fresh',
      ['a', 'b', 'c'].map((id) => run({ id, session: { resumed: true } })),
      {},
      null,
    ],
    [
      'answers begin a new attempt and resume',
      [run({ stage: 'analysis', class: 'finished' })],
      { stage: 'analysis', attempt: 2 },
      's1',
    ],
    ['red CI resumes', [run({ class: 'finished' })], { attempt: 2, bounces: [bounce('ci')] }, 's1'],
    [
      'a refused review starts fresh',
      [run({ class: 'finished' })],
      { attempt: 2, bounces: [bounce('review')] },
      null,
    ],
    ['a run of another stage does not count', [run({ stage: 'review' })], {}, null],
  ];
  it.each(table)('%s', (_, runs, task, id) => {
    expect(choose(runs, task)).toBe(id);
  });
});
