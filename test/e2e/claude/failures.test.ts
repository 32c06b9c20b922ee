import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CALM } from '../../support/agent/request.ts';
import { type ClaudeBench, createClaudeBench, skipWithoutCli } from '../../support/claude/bench.ts';
import type { Reply } from '../../support/claude/messages-api.ts';

let bench: ClaudeBench;

describe('a failing run of the real CLI (AGENT-38)', () => {
  beforeEach(async (context) => {
    skipWithoutCli(context);
    bench = await createClaudeBench();
  });
  afterEach(() => bench?.close());

  const rate = (times: number): Reply => ({
    ...{ status: 429, type: 'rate_limit_error', message: 'slow down', times },
    headers: { 'retry-after': '1' },
  });

  it('is no failure when a 429 with Retry-After passes by', async () => {
    bench.api.play([rate(1), { text: 'done' }]);
    expect(await bench.run()).toMatchObject({ class: 'finished' });
    expect(bench.progress.some((event) => event.phase === 'retrying' && event.retry?.attempt === 1)).toBe(
      true,
    );
  });

  it('is transient, with the delay that was asked for, when the 429 stays', async () => {
    bench.api.play([rate(20)]);
    const run = await bench.run();
    expect(run).toMatchObject({ class: 'transient', outcome: 'transient', turns: 0, exitCode: 1 });
    expect(run.retryDelayMs).toBeGreaterThanOrEqual(1000);
  });

  it('is transient when the service stays overloaded', async () => {
    bench.api.play([{ status: 529, type: 'overloaded_error', message: 'Overloaded', times: 20 }]);
    expect(await bench.run()).toMatchObject({ class: 'transient' });
  });

  it('is transient when the stream is cut again and again', async () => {
    bench.api.play([{ cut: true, times: 20 }]);
    expect(await bench.run()).toMatchObject({ class: 'transient' });
  });

  it('is transient when nobody listens', async () => {
    const run = await bench.run(
      {},
      { env: { ANTHROPIC_BASE_URL: 'http://127.0.0.1:9', CLAUDE_CODE_MAX_RETRIES: '1' } },
    );
    expect(run).toMatchObject({ class: 'transient' });
  });

  it('inc-18 parks until the reset when a usage limit is reached (AGENT-43)', async () => {
    const message = "You've hit your session limit · resets 3pm (Europe/Berlin)";
    bench.api.play([{ status: 429, type: 'rate_limit_error', message, times: 20 }]);
    const run = await bench.run();
    expect(run).toMatchObject({ class: 'limit', outcome: 'limit' });
    expect(new Date(run.limitResetAt ?? 0).toISOString()).toMatch(/T1[34]:00:00\.000Z$/);
  });

  it('parks without a time when the limit names none', async () => {
    bench.api.play([
      { status: 429, type: 'rate_limit_error', message: "You've hit your usage limit", times: 20 },
    ]);
    const run = await bench.run();
    expect(run.class).toBe('limit');
    expect(run.limitResetAt).toBeUndefined();
  });

  it('is auth, within seconds, for a bad key', async () => {
    bench.api.play([{ status: 401, type: 'authentication_error', message: 'invalid x-api-key', times: 20 }]);
    const run = await bench.run();
    expect(run).toMatchObject({ class: 'auth', outcome: 'auth' });
    expect(run.durationMs).toBeLessThan(30_000);
  });

  it('is auth when nobody is logged in', async () => {
    expect(await bench.run({}, { key: false })).toMatchObject({ class: 'auth' });
  });

  it('is billing when the credit is used up', async () => {
    bench.api.play([
      {
        status: 400,
        type: 'invalid_request_error',
        message: 'Your credit balance is too low to access the API.',
        times: 5,
      },
    ]);
    expect(await bench.run()).toMatchObject({ class: 'billing', outcome: 'auth' });
  });

  it('is saturated when the prompt is too long', async () => {
    const message = 'prompt is too long: 250000 tokens > 200000 maximum';
    bench.api.play([{ status: 400, type: 'invalid_request_error', message, times: 20 }]);
    expect(await bench.run()).toMatchObject({ class: 'saturated' });
  });

  it('inc-04 is stopped at the first-byte deadline when the model never answers', async () => {
    bench.api.play([{ hang: true }]);
    const run = await bench.run({ deadlines: { ...CALM, firstByteMs: 1500 } });
    expect(run).toMatchObject({ class: 'first-byte', outcome: 'transient', survivors: [] });
  });

  it('is stopped when it falls silent in the middle', async () => {
    bench.api.play([{ tool: 'Bash', input: { command: 'echo hi' } }, { hang: true }]);
    const run = await bench.run({ deadlines: { ...CALM, idleMs: 2500 } });
    expect(run).toMatchObject({ class: 'idle', outcome: 'stalled', turns: 1 });
    // Interrupted while it waits for the API, the CLI mostly reports nothing; then the stream is what is known (AGENT-35).
    const reported = run.logTail.includes('"type":"result"');
    expect(run.usage).toMatchObject({ estimated: !reported, inputTokens: 100, outputTokens: 20 });
  });
});
