import { mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AgentOptions, openAgents } from '../../src/agent/open.ts';
import { runProcess } from '../../src/subprocess.ts';
import { type AgentBench, agentRequest, createAgentBench } from '../support/agent/request.ts';

const KEY = "sk-it's-a-secret";
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
const options = (more: Partial<AgentOptions> = {}): AgentOptions => ({
  ...bench.deps,
  ...{ kind: 'claude', parent: { PATH: `${bin}:${process.env.PATH}` }, passthrough: [], secrets: [KEY] },
  ...{ home: bench.cwd, programsDir: '', node: process.execPath, claudeBin: 'claude', from: import.meta.url },
  ...{ settingSources: ['project'], apiKey: KEY, helperPath: join(bench.cwd, '..', 'private', 'key.sh') },
  ...{ preflightTtlMs: 60_000, minFreeDiskMb: 1, volumes: [bench.cwd] },
  ...more,
});
const call = () => JSON.parse(readFileSync(join(bench.cwd, 'call.json'), 'utf8'));

describe('starting the CLI (AGENT-14)', () => {
  it('is exactly this argument vector, with the brief on stdin', async () => {
    installCli();
    const helper = options().helperPath;
    const request = agentRequest({
      ...{
        brief: 'Work item: SHOP-014\n--model evil\n',
        model: 'opus',
        effort: 'high',
        fallbackModel: 'sonnet',
      },
      runCapUsd: 4.5,
    });
    expect(await openAgents(options()).runner.run(request, bench.hooks())).toMatchObject({
      class: 'finished',
    });
    expect(call().stdin).toBe(request.brief);
    expect(call().argv).toEqual([
      ...['--print', '--output-format', 'stream-json', '--verbose', '--include-partial-messages'],
      ...['--session-id', request.session.id, '--append-system-prompt', 'You develop.'],
      ...['--permission-mode', 'acceptEdits', '--permission-prompts', 'none'],
      ...['--tools', 'Read,Glob,Grep,Write,Edit,Bash', '--allowedTools', 'Bash'],
      ...['--settings', JSON.stringify({ apiKeyHelper: helper }), '--setting-sources', 'project'],
      ...['--strict-mcp-config', '--disable-slash-commands', '--max-budget-usd', '4.50'],
      ...['--model', 'opus', '--effort', 'high', '--fallback-model', 'sonnet'],
    ]);
  });

  it('resumes by the id of the session, and leaves out what is not set', async () => {
    installCli();
    const session = { id: '7a90162f-cdb0-4b33-a245-103257fcaad7', resume: true, totals: null };
    const prompt = { name: 'reviewer', body: 'You review.', tools: ['Read'] };
    const request = agentRequest({ session, prompt, outputs: ['call.json'] });
    await openAgents(options({ apiKey: null })).runner.run(request, bench.hooks());
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
    const agents = openAgents(options({ claudeBin: join(bin, 'nothing') }));
    expect(agents.cli()).toBeNull();
    await expect(agents.runner.run(agentRequest(), bench.hooks())).rejects.toMatchObject({
      code: 'process-not-found',
    });
  });
});

describe('the credential of the CLI (AGENT-21)', () => {
  it('is printed by a private program outside the worktree, whatever characters it has', async () => {
    installCli();
    const { helperPath } = options();
    const { env } = openAgents(options());
    expect(statSync(helperPath).mode & 0o777).toBe(0o700);
    const printed = await runProcess({
      argv: [helperPath],
      cwd: '/',
      env: {},
      killGraceMs: 100,
      maxOutputBytes: 100,
    });
    expect(printed.stdoutTail).toBe(KEY);
    expect(JSON.stringify(env)).not.toContain(KEY);
  });
});

describe('the CLI in an npm install whose scripts were blocked (AGENT-16)', () => {
  it('is found in the platform package', () => {
    const packages = join(
      bench.cwd,
      'node_modules',
      '@anthropic-ai',
      `claude-code-${process.platform}-${process.arch}`,
    );
    mkdirSync(packages, { recursive: true });
    writeFileSync(join(packages, 'package.json'), '{"name":"x"}');
    writeFileSync(join(packages, 'claude'), '#!/bin/sh\n', { mode: 0o755 });
    const agents = openAgents(options({ parent: { PATH: '/nowhere' }, from: join(bench.cwd, 'main.js') }));
    expect(agents.cli()).toBe(join(packages, 'claude'));
  });
});

describe('scripted agents', () => {
  it('need no CLI, no key and no preflight', () => {
    expect(openAgents(options({ kind: 'scripted' }))).toMatchObject({ preflight: null });
    expect(openAgents(options({ kind: 'scripted' })).cli()).toBeNull();
  });
});
