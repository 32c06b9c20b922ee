import { mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeApiKeyHelper } from '../../src/agent/claude/api-key-helper.ts';
import { findClaude } from '../../src/agent/claude/binary.ts';
import { createClaudeRunner } from '../../src/agent/claude/runner.ts';
import { runProcess } from '../../src/subprocess.ts';
import { type AgentBench, agentRequest, createAgentBench } from '../support/agent/request.ts';

let bench: AgentBench;
let bin: string;
beforeEach(() => {
  bench = createAgentBench();
  bin = join(bench.cwd, '..', 'bin');
  mkdirSync(bin);
});
afterEach(() => bench.remove());

const installCli = () =>
  symlinkSync(new URL('../fixtures/claude/fake-cli.mjs', import.meta.url).pathname, join(bin, 'claude'));
const find = (name: string, path = bin) => findClaude({ bin: name, path, from: join(bench.cwd, 'main.js') });
const runner = (apiKeyHelper: string | null) =>
  createClaudeRunner({
    ...{ ...bench.deps, env: bench.env, settingSources: ['project'], apiKeyHelper },
    bin: find('claude') ?? join(bin, 'claude'),
  });
const call = () => JSON.parse(readFileSync(join(bench.cwd, 'call.json'), 'utf8'));

describe('starting the CLI (AGENT-14)', () => {
  it('is exactly this argument vector, with the brief on stdin', async () => {
    installCli();
    const request = agentRequest({
      ...{
        brief: 'Work item: SHOP-014\n--model evil\n',
        model: 'opus',
        effort: 'high',
        fallbackModel: 'sonnet',
      },
      runCapUsd: 4.5,
    });
    expect(await runner('/private/key.sh').run(request, bench.hooks())).toMatchObject({
      class: 'finished',
    });
    expect(call().stdin).toBe(request.brief);
    expect(call().argv).toEqual([
      ...['--print', '--output-format', 'stream-json', '--verbose', '--include-partial-messages'],
      ...['--session-id', request.session.id, '--append-system-prompt', 'You develop.'],
      ...['--permission-mode', 'acceptEdits', '--permission-prompts', 'none'],
      ...['--tools', 'Read,Glob,Grep,Write,Edit,Bash', '--allowedTools', 'Bash'],
      ...['--settings', JSON.stringify({ apiKeyHelper: '/private/key.sh' }), '--setting-sources', 'project'],
      ...['--strict-mcp-config', '--disable-slash-commands', '--max-budget-usd', '4.50'],
      ...['--model', 'opus', '--effort', 'high', '--fallback-model', 'sonnet'],
    ]);
  });

  it('resumes by the id of the session, and leaves out what is not set', async () => {
    installCli();
    const session = { id: '7a90162f-cdb0-4b33-a245-103257fcaad7', resume: true, totals: null };
    const prompt = { name: 'reviewer', body: 'You review.', tools: ['Read'] };
    const request = agentRequest({ session, prompt, outputs: ['call.json'] });
    await runner(null).run(request, bench.hooks());
    const argv: string[] = call().argv;
    expect(argv.slice(argv.indexOf('--resume'), argv.indexOf('--resume') + 2)).toEqual([
      '--resume',
      session.id,
    ]);
    for (const flag of [
      '--session-id',
      '--allowedTools',
      '--settings',
      '--max-budget-usd',
      '--model',
      '--effort',
      '--fallback-model',
    ]) {
      expect(argv).not.toContain(flag);
    }
  });

  it('says in one line that the CLI is missing', async () => {
    expect(find('claude')).toBeNull();
    await expect(runner(null).run(agentRequest(), bench.hooks())).rejects.toMatchObject({
      code: 'process-not-found',
    });
  });
});

describe('the credential of the CLI (AGENT-21)', () => {
  it('is printed by a private program, whatever characters it has', async () => {
    const key = "sk-it's-a-secret";
    const path = writeApiKeyHelper(join(bench.cwd, '..', 'private', 'key.sh'), key);
    expect(statSync(path).mode & 0o777).toBe(0o700);
    const printed = await runProcess({
      ...{ argv: [path], cwd: '/', env: {}, killGraceMs: 100, maxOutputBytes: 100 },
    });
    expect(printed.stdoutTail).toBe(key);
  });
});

describe('where the CLI is found (AGENT-16)', () => {
  it('is the configured path, else the PATH', () => {
    installCli();
    expect(find('claude')).toBe(join(bin, 'claude'));
    expect(find(join(bin, 'claude'), '')).toBe(join(bin, 'claude'));
    expect(find(join(bin, 'other'), '')).toBeNull();
    expect(find('other-cli')).toBeNull();
  });
  it('is the platform package of an npm install whose scripts were blocked', () => {
    const name = `claude-code-${process.platform}-${process.arch}`;
    const dir = join(bench.cwd, 'node_modules', '@anthropic-ai', name);
    mkdirSync(dir, { recursive: true });
    writeFileSync(join(dir, 'package.json'), '{"name":"x"}');
    writeFileSync(join(dir, 'claude'), '#!/bin/sh\n', { mode: 0o755 });
    expect(find('claude', '/nowhere')).toBe(join(dir, 'claude'));
  });
});
