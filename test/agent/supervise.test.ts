import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runFiles } from '../../src/agent/run-files.ts';
import { readMarker } from '../../src/agent/run-marker.ts';
import { findRunProcesses, isAlive, markOf } from '../../src/subprocess.ts';
import { type AgentBench, agentRequest, CALM, createAgentBench } from '../support/agent/request.ts';

let bench: AgentBench;
beforeEach(() => {
  bench = createAgentBench();
});
afterEach(() => bench.remove());

describe('a run that ends by itself', () => {
  it('is finished on a good result, whatever the agent claims about its work (AGENT-30)', async () => {
    const run = await bench.run(bench.fixture('liar'));
    expect(run).toMatchObject({
      class: 'finished',
      outcome: 'ok',
      exitCode: 0,
      sessionId: 'fixture',
      turns: 1,
    });
    expect(run.usage).toMatchObject({
      costUsd: 0.01,
      estimated: false,
      inputTokens: 100,
      model: 'claude-fixture',
    });
    expect(run.lastActivity).toEqual({ verb: 'running', object: 'npm test' });
  });

  it('inc-09 is an empty log when the model never spoke, whatever the exit code (AGENT-31)', async () => {
    expect(await bench.run(bench.fixture('empty'))).toMatchObject({
      class: 'empty-log',
      exitCode: 0,
      usage: null,
    });
  });

  it('is a crash when the process is gone without a result, with estimated usage (AGENT-35)', async () => {
    const prices = { 'claude-fixture': { in: 1, out: 5, cache_read: 0, cache_write: 0 } };
    const run = await bench.run(bench.fixture('crashes'), { prices });
    expect(run).toMatchObject({ class: 'crash', outcome: 'permanent', exitCode: -11, signal: 'SIGSEGV' });
    expect(run.usage).toMatchObject({ estimated: true, outputTokens: 20, costUsd: 0.0002 });
  });

  it('keeps a bounded private log of a flood, with its result (AGENT-52)', async () => {
    const request = agentRequest();
    const run = await bench.fixture('floods').run(request, bench.hooks());
    const { log } = runFiles(bench.runsDir, request.runId);
    expect(run.class).toBe('finished');
    expect(statSync(log).size).toBeLessThanOrEqual(bench.deps.runLogMaxBytes);
    expect(statSync(log).mode & 0o777).toBe(0o600);
    expect(readFileSync(log, 'utf8')).toContain('"type":"result"');
    expect(run.logTail.length).toBeLessThanOrEqual(64 * 1024);
  });

  it('inc-05 inc-88 leaves nothing behind that the agent started (AGENT-27)', async () => {
    const request = agentRequest();
    const run = await bench.fixture('leaves-grandchild').run(request, bench.hooks());
    expect(run).toMatchObject({ class: 'finished', survivors: [] });
    expect(findRunProcesses(markOf(request.runId, bench.runsDir))).toEqual([]);
  });
});

describe('inc-04 deadlines (AGENT-26)', () => {
  const cases = [
    { fixture: 'hangs', deadlines: { ...CALM, firstByteMs: 600 }, class: 'first-byte', outcome: 'transient' },
    { fixture: 'stalls', deadlines: { ...CALM, idleMs: 600 }, class: 'idle', outcome: 'stalled' },
    { fixture: 'stalls', deadlines: { ...CALM, wallMs: 600 }, class: 'timeout', outcome: 'timed-out' },
    {
      fixture: 'ignores-term',
      deadlines: { ...CALM, wallMs: 600, killGraceMs: 300 },
      class: 'timeout',
      outcome: 'timed-out',
    },
  ] as const;
  for (const { fixture, deadlines, ...expected } of cases) {
    it(`ends "${fixture}" as ${expected.class}`, async () => {
      const run = await bench.run(bench.fixture(fixture), { deadlines });
      expect(run).toMatchObject({ ...expected, survivors: [] });
    });
  }

  it('inc-05 does not let a process that lingers spoil its result', async () => {
    const run = await bench.run(bench.fixture('lingers'), { deadlines: { ...CALM, resultGraceMs: 100 } });
    expect(run).toMatchObject({ class: 'finished', usage: { costUsd: 0.01 } });
  });
});

describe('stopping', () => {
  for (const reason of ['cancelled', 'interrupted'] as const) {
    it(`records "${reason}" and still reports what was spent`, async () => {
      const stop = new AbortController();
      const onProgress = () => stop.abort(reason);
      const run = await bench
        .fixture('over-budget')
        .run(agentRequest(), bench.hooks({ signal: stop.signal, onProgress }));
      expect(run).toMatchObject({ class: reason, outcome: reason, usage: { costUsd: 0.42 } });
    });
  }

  it('inc-17 stops a run that crosses its cap, by the meter of the engine (AGENT-47)', async () => {
    const prices = { 'claude-fixture': { in: 1, out: 5, cache_read: 0, cache_write: 0 } };
    const run = await bench.run(bench.fixture('over-budget'), { prices, runCapUsd: 0.2 });
    expect(run).toMatchObject({ class: 'budget', usage: { costUsd: 0.42, estimated: false } });
  });
});

describe('what a run leaves on disk', () => {
  it('is marked with pid, start time and boot id while it lives, and not after (REC-60)', async () => {
    const request = agentRequest({ deadlines: { ...CALM, wallMs: 500 } });
    const path = runFiles(bench.runsDir, request.runId).marker;
    let alive = false;
    const onProgress = () => {
      const marker = readMarker(path);
      alive ||= marker?.child != null && isAlive(marker.child) && marker.fence === 3;
    };
    await bench.fixture('stalls').run(request, bench.hooks({ onProgress }));
    expect(alive).toBe(true);
    expect(existsSync(path)).toBe(false);
  });

  it('keeps the brief beside the log and never in the worktree (AGENT-9)', async () => {
    const request = agentRequest({ brief: 'Work item: SHOP-014\nsecret plan\n' });
    await bench.fixture('liar').run(request, bench.hooks());
    expect(readFileSync(runFiles(bench.runsDir, request.runId).brief, 'utf8')).toBe(request.brief);
    expect(readdirSync(bench.cwd)).toEqual([]);
  });
});

describe('the environment of an agent (AGENT-23)', () => {
  it('inc-101 inc-107 holds no secret, no setting of ours and no API key, in the child and in its shell', async () => {
    const secret = 'hunter2-very-secret';
    Object.assign(process.env, {
      MY_PASSTHROUGH: `x${secret}`,
      ORCH_TEST: '1',
      ANTHROPIC_API_KEY: 'key-123456',
    });
    const request = agentRequest();
    await bench.fixture('prints-env').run(request, bench.hooks());
    for (const name of ['MY_PASSTHROUGH', 'ORCH_TEST', 'ANTHROPIC_API_KEY']) delete process.env[name];
    const env = readFileSync(join(bench.cwd, 'env.txt'), 'utf8');
    expect(env).not.toContain(secret);
    expect(env).not.toContain('key-123456');
    expect(env.match(/ORCH_\w+/g)?.every((name) => name === 'ORCH_RUN_ID')).toBe(true);
    expect(env).toContain('GIT_AUTHOR_NAME=orchestrator (developer)');
  });
});

describe('live progress (AGENT-50)', () => {
  it('tells what is being done, in rising order, and ends', async () => {
    const run = await bench.run(bench.fixture('liar'));
    expect(run.class).toBe('finished');
    const last = bench.progress.at(-1);
    expect(last).toMatchObject({
      v: 1,
      task: 14,
      fence: 3,
      activity: { verb: 'running', object: 'npm test' },
    });
    expect(bench.progress.every(({ pgid }) => pgid === null || pgid > 1)).toBe(true);
    expect(last?.pgid).toBeTypeOf('number');
    expect(bench.progress.map((event) => event.seq)).toEqual(bench.progress.map((_, index) => index + 1));
  });
});

it('says clearly that the program of a role is missing', async () => {
  const request = agentRequest({ role: 'deployer' });
  await expect(bench.fixture('liar').run(request, bench.hooks())).rejects.toMatchObject({
    code: 'scripted-agent-missing',
  });
});
