import { describe, expect, it } from 'vitest';
import { classify, type RunFacts } from '../../src/agent/classify.ts';
import { outcomeOf } from '../../src/agent/port.ts';
import { createObservation, observe } from '../../src/agent/stream/observe.ts';
import { AGENT_CLASSES, type AgentClass } from '../../src/pipeline/agent-result.ts';

type Event = Record<string, unknown>;
const NOW = Date.parse('2026-11-20T12:00:00Z');
const good: Event = {
  type: 'result',
  subtype: 'success',
  is_error: false,
  terminal_reason: 'completed',
  result: 'done',
};
const bad = (more: Event): Event => ({ ...good, is_error: true, terminal_reason: 'api_error', ...more });
const prose = (text: string): Event => ({
  type: 'assistant',
  message: { model: 'claude-x', content: [{ type: 'text', text }] },
  parent_tool_use_id: null,
});
const own = (text: string, error?: string): Event => ({
  type: 'assistant',
  message: { model: '<synthetic>', content: [{ type: 'text', text }] },
  ...(error ? { error } : {}),
});
const tool: Event = {
  type: 'assistant',
  message: { model: 'claude-x', content: [{ type: 'tool_use', name: 'Bash', input: {} }] },
};

function facts(events: Event[], more: Partial<RunFacts> = {}): RunFacts {
  const seen = createObservation();
  for (const event of events) observe(seen, event);
  return {
    ...{ seen, stopCause: null, stoppedBeforeResult: false, exitCode: 0, stderrTail: '', plainLines: [] },
    ...{ resumed: false, durationMs: 60_000, outputsPresent: false, resumeMinMs: 20_000, now: NOW },
    ...more,
  };
}

interface Case {
  when: string;
  events: Event[];
  more?: Partial<RunFacts>;
  class: AgentClass;
}

const stop = (stopCause: string): Partial<RunFacts> => ({ stopCause, stoppedBeforeResult: true });
const rejected = {
  type: 'rate_limit_event',
  rate_limit_info: { status: 'rejected', resetsAt: 1_800_000_000 },
};
const warning = {
  type: 'rate_limit_event',
  rate_limit_info: { status: 'allowed_warning', resetsAt: 1_800_000_000 },
};
const retried = { type: 'system', subtype: 'api_retry', attempt: 1, error_status: 529, error: 'overloaded' };

const CASES: Case[] = [
  { when: 'a good result ends with 0', events: [prose('x'), good], class: 'finished' },
  {
    when: 'a retried 529 and a limit warning were seen on the way',
    events: [retried, warning, prose('x'), good],
    class: 'finished',
  },
  {
    when: 'we ended a process that lingered after its result',
    events: [good],
    more: { stopCause: 'after-result', exitCode: null },
    class: 'finished',
  },
  {
    when: 'a stop came after the result',
    events: [good],
    more: { stopCause: 'cancelled', stoppedBeforeResult: false },
    class: 'finished',
  },
  {
    when: 'the model writes about rate limits and good results',
    events: [prose("You've hit your usage limit · resets 3pm (UTC)"), good],
    class: 'finished',
  },
  {
    when: 'the good result itself tells of "Invalid API key" in a text',
    events: [{ ...good, result: 'I fixed "Invalid API key" and Overloaded.' }],
    class: 'finished',
  },
  {
    when: 'a stop was recorded before a good result',
    events: [good],
    more: stop('cancelled'),
    class: 'cancelled',
  },
  { when: 'the host went down', events: [prose('x')], more: stop('interrupted'), class: 'interrupted' },
  {
    when: 'the engine meter stopped it',
    events: [bad({ terminal_reason: 'aborted_tools' })],
    more: stop('budget'),
    class: 'budget',
  },
  {
    when: 'the CLI met its own cap',
    events: [bad({ subtype: 'error_max_budget_usd', terminal_reason: 'budget_exhausted' })],
    more: { exitCode: 1 },
    class: 'budget',
  },
  {
    when: 'success comes with is_error and 401',
    events: [bad({ api_error_status: 401, result: 'Invalid API key' })],
    more: { exitCode: 1 },
    class: 'auth',
  },
  {
    when: 'the CLI is not logged in',
    events: [own('Not logged in · Please run /login'), bad({ result: 'Not logged in · Please run /login' })],
    class: 'auth',
  },
  {
    when: 'the OAuth token is old, by stderr',
    events: [],
    more: { stderrTail: 'OAuth token has expired', exitCode: 1 },
    class: 'auth',
  },
  {
    when: 'the provider rejects for a limit',
    events: [rejected, bad({ api_error_status: 429 })],
    class: 'limit',
  },
  {
    when: 'the limit is told with an epoch',
    events: [own('Claude AI usage limit reached|1800000000'), bad({ api_error_status: 429 })],
    class: 'limit',
  },
  {
    when: 'the limit is told with a clock time',
    events: [own("You've hit your session limit · resets 3pm (Europe/Berlin)", 'rate_limit'), bad({})],
    class: 'limit',
  },
  {
    when: 'the prompt is too long',
    events: [bad({ terminal_reason: 'prompt_too_long', api_error_status: 400 })],
    class: 'saturated',
  },
  {
    when: 'a resumed run claims a good end at once and did nothing',
    events: [prose('x'), good],
    more: { resumed: true, durationMs: 3000 },
    class: 'saturated',
  },
  {
    when: 'a short resumed run had its files written before',
    events: [prose('x'), good],
    more: { resumed: true, durationMs: 3000, outputsPresent: true },
    class: 'finished',
  },
  {
    when: 'a short resumed run called a tool',
    events: [tool, good],
    more: { resumed: true, durationMs: 3000 },
    class: 'finished',
  },
  {
    when: 'a short resumed run was overloaded',
    events: [bad({ api_error_status: 529 })],
    more: { resumed: true, durationMs: 3000 },
    class: 'transient',
  },
  {
    when: 'the session does not exist',
    events: [],
    more: {
      plainLines: ['No conversation found with session ID: 1'],
      resumed: true,
      durationMs: 300,
      exitCode: 1,
    },
    class: 'session-missing',
  },
  {
    when: 'the session id was used before',
    events: [],
    more: { stderrTail: 'Error: Session ID 1-2 is already in use.', exitCode: 1 },
    class: 'session-missing',
  },
  ...[429, 500, 502, 503, 504, 529].map((status) => ({
    when: `the API answers ${status}`,
    events: [bad({ api_error_status: status })],
    class: 'transient' as const,
  })),
  {
    when: 'the API cannot be reached at all',
    events: [bad({ api_error_status: null, result: 'Connection error.' })],
    class: 'transient',
  },
  {
    when: 'an error event says overloaded and the process dies',
    events: [own('x', 'overloaded')],
    more: { exitCode: 1 },
    class: 'transient',
  },
  {
    when: 'the first byte never came',
    events: [{ type: 'system', subtype: 'init' }],
    more: stop('first-byte'),
    class: 'first-byte',
  },
  { when: 'it fell silent', events: [prose('x')], more: stop('idle'), class: 'idle' },
  { when: 'it took too long', events: [prose('x')], more: stop('deadline'), class: 'timeout' },
  {
    when: 'the credit is used up',
    events: [bad({ api_error_status: 400, result: 'Credit balance is too low' })],
    class: 'billing',
  },
  {
    when: 'nothing was said and the exit code is 0',
    events: [{ type: 'system', subtype: 'init' }],
    class: 'empty-log',
  },
  {
    when: 'a result carries an error of no known kind',
    events: [bad({ terminal_reason: 'max_turns', subtype: 'error_max_turns' })],
    class: 'agent-error',
  },
  {
    when: 'a good result is followed by exit code 3',
    events: [good],
    more: { exitCode: 3 },
    class: 'agent-error',
  },
  {
    when: 'the process is gone in the middle',
    events: [prose('x')],
    more: { exitCode: null },
    class: 'crash',
  },
];

describe('the class of a run (AGENT-38)', () => {
  for (const { when, events, more, ...expected } of CASES) {
    it(`is "${expected.class}" when ${when}`, () =>
      expect(classify(facts(events, more))).toBe(expected.class));
  }

  it('has a coarse outcome for every class', () => {
    expect(Object.fromEntries(AGENT_CLASSES.map((name) => [name, outcomeOf(name)]))).toMatchInlineSnapshot(`
      {
        "agent-error": "permanent",
        "auth": "auth",
        "billing": "auth",
        "budget": "budget",
        "cancelled": "cancelled",
        "crash": "permanent",
        "empty-log": "permanent",
        "finished": "ok",
        "first-byte": "transient",
        "idle": "stalled",
        "interrupted": "interrupted",
        "limit": "limit",
        "saturated": "permanent",
        "session-missing": "permanent",
        "stale-base": "permanent",
        "timeout": "timed-out",
        "transient": "transient",
      }
    `);
  });
});
