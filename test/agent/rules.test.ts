import { describe, expect, it } from 'vitest';
import { backoffMs } from '../../src/agent/backoff.ts';
import { isModel, isOtherModel, resolveEffort, resolveModel } from '../../src/agent/model.ts';
import { earliestNextRun } from '../../src/agent/next-start.ts';
import { chooseSession, type ResumeFacts } from '../../src/agent/resume.ts';
import { SESSION_RULES, sessionOfNewAttempt } from '../../src/agent/session-rule.ts';

describe('the model of a run (AGENT-17)', () => {
  const choices = (project?: string, role?: string, standard?: string) => ({ project, role, standard });
  it('is the first that is set and valid; what was skipped is named', () => {
    expect(resolveModel(choices('claude-a', 'sonnet', 'opus'))).toEqual({ value: 'claude-a', skipped: [] });
    expect(resolveModel(choices(undefined, 'gpt-9', 'opus'))).toEqual({ value: 'opus', skipped: ['gpt-9'] });
    expect(resolveModel(choices('', ' ', undefined))).toEqual({ value: null, skipped: [] });
    expect(resolveModel({ ...choices('opus', 'sonnet', undefined), size: 'haiku' }).value).toBe('haiku');
    expect(resolveModel({ ...choices('opus', 'sonnet', undefined), size: 'gpt-9' }).value).toBe('opus');
    expect(resolveModel(choices('x', 'y', 'z'))).toEqual({ value: null, skipped: ['x', 'y', 'z'] });
  });
  for (const name of ['claude-opus-5-5', 'us.provider/claude-x.1', 'fable', 'opusplan']) {
    it(`may be ${name}`, () => expect(isModel(name)).toBe(true));
  }
  for (const name of ['gpt-4', 'claude-', 'claude-x y', '--model', 'Opus']) {
    it(`may not be "${name}"`, () => expect(isModel(name)).toBe(false));
  }
  it('is compared by family word when an alias was asked for (AGENT-20)', () => {
    expect(isOtherModel('opus', 'claude-opus-5-5')).toBe(false);
    expect(isOtherModel('sonnet', 'claude-haiku-5-5')).toBe(true);
    expect(isOtherModel('best', 'claude-haiku-5-5')).toBe(false);
    expect(isOtherModel('claude-sonnet-5', 'claude-sonnet-5-20260101')).toBe(false);
    expect(isOtherModel(null, 'claude-x')).toBe(false);
  });
});

describe('the effort of a run (AGENT-18, AGENT-19)', () => {
  const choices = (project?: string, role?: string, standard?: string) => ({ project, role, standard });
  it('inc-22 falls to the floor of the role only where nobody set one', () => {
    expect(resolveEffort('developer', choices()).value).toBe('xhigh');
    expect(resolveEffort('developer', choices(undefined, undefined, 'low')).value).toBe('low');
    expect(resolveEffort('tester', choices('max', 'low')).value).toBe('max');
  });
  it('passes no flag for a level the CLI would ignore', () => {
    expect(resolveEffort('tester', choices('hihg', 'low'))).toEqual({ value: null, skipped: ['hihg'] });
  });
});

describe('what the next run knows of the one before (AGENT-39)', () => {
  it('is this table', () => {
    expect(SESSION_RULES).toMatchInlineSnapshot(`
      {
        "agent-error": "fresh-handoff",
        "auth": "resume-if-turn",
        "billing": "resume-if-turn",
        "budget": "resume",
        "cancelled": "none",
        "crash": "resume-once",
        "empty-log": "fresh-handoff",
        "first-byte": "fresh-same-brief",
        "idle": "resume-once",
        "interrupted": "resume",
        "limit": "resume-if-turn",
        "saturated": "fresh-handoff",
        "session-missing": "fresh-handoff",
        "stale-base": "fresh-new-head",
        "timeout": "fresh-handoff",
        "transient": "resume-if-turn",
      }
    `);
  });
  it('lets only answers and a CI bounce continue the session of an earlier attempt', () => {
    expect((['answers', 'ci', 'bounce', 'human'] as const).map(sessionOfNewAttempt)).toEqual([
      'resume',
      'resume',
      'none',
      'none',
    ]);
  });
});

describe('resume or fresh (AGENT-40)', () => {
  const limits = { maxResumes: 3, maxContextPct: 60, maxAgeMs: 1000 };
  const base: ResumeFacts = {
    ...{
      rule: 'resume',
      sessionId: 's',
      saturated: false,
      sameClassBefore: 0,
      turns: 4,
      sameHost: true,
      sameHome: true,
    },
    ...{ sameWorktree: true, treeUnchanged: true, resumesSoFar: 0, contextPct: 60, ageMs: 1000 },
  };
  const rows: [why: string, change: Partial<ResumeFacts>, start: string][] = [
    ['everything fits', {}, 'resume'],
    ['the session is not known', { sessionId: null }, 'fresh+handoff'],
    ['the session is full', { saturated: true }, 'fresh+handoff'],
    ['another host has it', { sameHost: false }, 'fresh+handoff'],
    ['the home is another', { sameHome: false }, 'fresh+handoff'],
    ['the worktree is gone', { sameWorktree: false }, 'fresh+handoff'],
    ['the branch moved', { treeUnchanged: false }, 'fresh+handoff'],
    ['it was resumed three times', { resumesSoFar: 3 }, 'fresh+handoff'],
    ['its context is 61 % full', { contextPct: 61 }, 'fresh+handoff'],
    ['its size is not known', { contextPct: null }, 'fresh+handoff'],
    ['it is too old', { ageMs: 1001 }, 'fresh+handoff'],
    ['it crashed for the first time', { rule: 'resume-once' }, 'resume'],
    ['it crashed again', { rule: 'resume-once', sameClassBefore: 1 }, 'fresh+handoff'],
    ['a transient failure came after a turn', { rule: 'resume-if-turn', turns: 1 }, 'resume'],
    ['a transient failure came before any turn', { rule: 'resume-if-turn', turns: 0 }, 'fresh'],
    ['the first byte never came', { rule: 'fresh-same-brief' }, 'fresh'],
    ['it took too long', { rule: 'fresh-handoff' }, 'fresh+handoff'],
    ['the base was stale', { rule: 'fresh-new-head' }, 'fresh+handoff'],
    ['a review refused', { rule: 'none' }, 'fresh'],
  ];
  for (const [why, change, expected] of rows) {
    it(`is ${expected} when ${why}`, () => {
      const choice = chooseSession({ ...base, ...change }, limits);
      expect(choice.start === 'fresh' && choice.handoff ? 'fresh+handoff' : choice.start).toBe(expected);
    });
  }
});

describe('back-off (AGENT-42)', () => {
  const base = { before: 0, baseMs: 10_000, maxMs: 600_000, random: 0.5 };
  it('doubles up to its maximum', () => {
    expect([0, 1, 2, 5, 6, 40].map((before) => backoffMs({ ...base, before }) / 1000)).toEqual([
      10, 20, 40, 320, 600, 600,
    ]);
  });
  it('has 20 % of jitter either way', () => {
    expect([0, 1].map((random) => backoffMs({ ...base, random }))).toEqual([8000, 12_000]);
  });
  it('obeys an explicit Retry-After, up to an hour', () => {
    expect(backoffMs({ ...base, retryAfterS: 7 })).toBe(7000);
    expect(backoffMs({ ...base, retryAfterS: 99_999 })).toBe(3_600_000);
  });
  it("uses the CLI's own delay only where it is longer", () => {
    expect(backoffMs({ ...base, retryDelayMs: 500 })).toBe(10_000);
    expect(backoffMs({ ...base, retryDelayMs: 45_000 })).toBe(45_000);
  });
});

describe('the earliest next run (AGENT-42, AGENT-43)', () => {
  const facts = {
    now: 1e12,
    transientBefore: 1,
    unknownLimitsBefore: 0,
    baseMs: 10_000,
    maxMs: 600_000,
    jitterS: 60,
    random: 0.5,
  };
  const inSeconds = (run: Parameters<typeof earliestNextRun>[0]) => {
    const at = earliestNextRun(run, facts);
    return at === null ? null : (at - facts.now) / 1000;
  };
  it('waits for the reset of a limit, the back-off of a transient failure, and for nothing else', () => {
    expect(inSeconds({ class: 'limit', limitResetAt: 1e12 + 600_000 })).toBe(630);
    expect(inSeconds({ class: 'limit' })).toBe(1830);
    expect(inSeconds({ class: 'transient' })).toBe(20);
    expect(inSeconds({ class: 'transient', retryAfterS: 90, retryDelayMs: 5 })).toBe(90);
    expect(inSeconds({ class: 'first-byte' })).toBe(20);
    expect(inSeconds({ class: 'crash' })).toBeNull();
  });
});
