import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { missingFlags } from '../../../src/agent/claude/probe.ts';
import { isOtherModel } from '../../../src/agent/model.ts';
import { createPreflight } from '../../../src/agent/preflight.ts';
import { findRunProcesses, markOf } from '../../../src/subprocess.ts';
import { agentRequest } from '../../support/agent/request.ts';
import { API_KEY, type ClaudeBench, createClaudeBench, skipWithoutCli } from '../../support/claude/bench.ts';

let bench: ClaudeBench;

describe('a run of the real CLI', () => {
  beforeEach(async (context) => {
    skipWithoutCli(context);
    bench = await createClaudeBench();
  });
  afterEach(() => bench?.close());

  it('writes files in its worktree, and its tokens, cost and activity are known', async () => {
    const file = join(bench.cwd, 'src.txt');
    bench.api.play([{ tool: 'Write', input: { file_path: file, content: 'hello\n' } }, { text: 'done' }]);
    const run = await bench.run({
      prompt: { name: 'developer', body: 'You are ROLE-PROMPT.', tools: ['Write', 'Bash'] },
    });
    expect(run).toMatchObject({ class: 'finished', exitCode: 0, toolCounts: { Write: 1 }, survivors: [] });
    expect(run.usage).toMatchObject({ inputTokens: 200, outputTokens: 40, turns: 2, estimated: false });
    expect(run.usage?.costUsd).toBeGreaterThan(0);
    expect(run.usage?.model).toContain('sonnet');
    expect(readFileSync(file, 'utf8')).toBe('hello\n');
    expect(bench.api.seen[0]?.body).toContain('Work item: SHOP-014');
    expect(bench.api.seen[0]?.system).toContain('You are ROLE-PROMPT.');
    expect(bench.progress.map((event) => event.activity.object)).toContain('src.txt');
  });

  it('uses the key, and its shell sees neither the key nor a setting of ours (AGENT-21, AGENT-23)', async () => {
    bench.api.play([{ tool: 'Bash', input: { command: 'env > env.txt' } }]);
    expect((await bench.run()).class).toBe('finished');
    expect(bench.api.seen[0]?.apiKey).toContain(API_KEY);
    const env = readFileSync(join(bench.cwd, 'env.txt'), 'utf8');
    expect(env).not.toContain(API_KEY);
    expect(env).not.toMatch(/ANTHROPIC_(API_KEY|AUTH_TOKEN)/);
    expect(env.match(/ORCH_\w+/g)).toEqual(['ORCH_RUN_ID']);
    expect(env).toContain('GIT_AUTHOR_NAME=orchestrator (developer)');
  });

  it('is denied a write outside its worktree, and goes on (AGENT-15)', async () => {
    const outside = join(bench.home, 'stolen.txt');
    bench.api.play([{ tool: 'Write', input: { file_path: outside, content: 'x' } }]);
    const run = await bench.run();
    expect(run).toMatchObject({ class: 'finished', permissionDenials: ['Write'] });
    expect(existsSync(outside)).toBe(false);
  });

  it('leaves no process behind that a command of it started in a session of its own (AGENT-27)', async () => {
    const request = agentRequest();
    const command = `setsid ${process.execPath} -e "process.on('SIGTERM',()=>{});setInterval(()=>{},1000)" >/dev/null 2>&1 & echo started`;
    bench.api.play([{ tool: 'Bash', input: { command } }]);
    const run = await bench.run({ runId: request.runId });
    expect(run).toMatchObject({ class: 'finished', survivors: [] });
    expect(run.toolCounts).toEqual({ Bash: 1 });
    expect(findRunProcesses(markOf(request.runId, join(bench.cwd, '..', 'runs')))).toEqual([]);
  });

  it('ends with its cost when it is stopped in the middle of a command', async () => {
    const stop = new AbortController();
    const script = "require('fs').writeFileSync('started','');setTimeout(()=>{},60000)";
    bench.api.play([{ tool: 'Bash', input: { command: `${process.execPath} -e "${script}"` } }]);
    const watch = setInterval(() => {
      if (existsSync(join(bench.cwd, 'started'))) stop.abort('cancelled');
    }, 20);
    const run = await bench.run({}, { hooks: { signal: stop.signal } });
    clearInterval(watch);
    expect(run).toMatchObject({ class: 'cancelled', outcome: 'cancelled', survivors: [] });
    expect(run.usage?.costUsd).toBeGreaterThan(0);
  });

  it('knows every flag we use (AGENT-16)', async () => {
    expect(await missingFlags({ bin: bench.bin, env: bench.env, cwd: bench.cwd })).toEqual([]);
  });

  it('inc-10 is refused by the preflight while the CLI is not logged in, and allowed with a key (AGENT-44)', async () => {
    const deps = {
      ...{ now: Date.now, ttlMs: 0, findCli: () => bench.bin, env: bench.env, providerUrl: bench.api.url },
      ...{ volumes: [bench.cwd], minFreeDiskMb: 1 },
    };
    const ask = (more: object) => createPreflight({ ...deps, hasApiKey: true, ...more }).check();
    expect(await ask({ hasApiKey: false })).toMatchObject({ ready: false, cause: 'not-logged-in' });
    expect(await ask({})).toEqual({ ready: true });
    expect(await ask({ findCli: () => null })).toMatchObject({ ready: false, cause: 'cli-missing' });
    expect(await ask({ providerUrl: 'http://127.0.0.1:9' })).toMatchObject({
      ready: false,
      cause: 'unreachable',
    });
    expect(await ask({ minFreeDiskMb: 1e9 })).toMatchObject({ ready: false, cause: 'disk' });
    expect(await ask({ env: { ...bench.env, HOME: '/no/such/home' } })).toMatchObject({
      ready: false,
      cause: 'no-home',
    });
  });

  it('says when another model than the requested one did the work (AGENT-20)', async () => {
    bench.api.play([{ status: 529, type: 'overloaded_error', message: 'Overloaded', times: 3 }]);
    const run = await bench.run({ fallbackModel: 'haiku' }, { env: { CLAUDE_CODE_MAX_RETRIES: '4' } });
    expect(run).toMatchObject({ class: 'finished', outcome: 'ok' });
    expect(run.usage?.model).toContain('haiku');
    expect(isOtherModel('sonnet', run.usage?.model ?? null)).toBe(true);
  });
});
