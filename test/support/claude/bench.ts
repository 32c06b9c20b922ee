import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeApiKeyHelper } from '../../../src/agent/claude/api-key-helper.ts';
import { platformBinary } from '../../../src/agent/claude/binary.ts';
import { createClaudeRunner } from '../../../src/agent/claude/runner.ts';
import { buildAgentEnv, type Env } from '../../../src/agent/env.ts';
import type { AgentRequest, AgentRun, RunHooks } from '../../../src/agent/port.ts';
import type { Progress } from '../../../src/agent/progress.ts';
import { silentLogger } from '../../../src/log.ts';
import { agentRequest } from '../agent/request.ts';
import { type MessagesApi, startMessagesApi } from './messages-api.ts';

export const API_KEY = 'sk-standin-0123456789';

/** The real CLI, or why these tests cannot run. */
export const CLI = findCli();

/** Skips a test, saying why, where the CLI cannot run. */
export function skipWithoutCli(context: { skip: (note: string) => never }): void {
  if ('skipped' in CLI) context.skip(CLI.skipped);
}

function findCli(): { bin: string; version: string } | { skipped: string } {
  const bin = platformBinary(import.meta.url);
  if (bin === null)
    return { skipped: `no Claude Code CLI for ${process.platform}-${process.arch} is installed` };
  try {
    return { bin, version: execFileSync(bin, ['--version'], { encoding: 'utf8' }).trim() };
  } catch {
    return { skipped: `${bin} does not start` };
  }
}

export interface ClaudeBench {
  api: MessagesApi;
  bin: string;
  /** A git repository the agent works in. */
  cwd: string;
  home: string;
  env: Env;
  progress: Progress[];
  run(more?: Partial<AgentRequest>, options?: BenchOptions): Promise<AgentRun>;
  close(): Promise<void>;
}

export interface BenchOptions {
  env?: Env;
  hooks?: Partial<RunHooks>;
  /** False: the CLI gets no credential at all. */
  key?: boolean;
}

/** The real CLI, a stand-in for its API and a worktree, for one test. */
export async function createClaudeBench(): Promise<ClaudeBench> {
  if ('skipped' in CLI) throw new Error(CLI.skipped);
  const { bin } = CLI;
  const api = await startMessagesApi();
  const root = mkdtempSync(join(tmpdir(), 'orch-claude-'));
  const [cwd, home] = [join(root, 'work'), join(root, 'home')];
  for (const dir of [cwd, home]) mkdirSync(dir);
  execFileSync('git', ['init', '-q', '-b', 'main', cwd]);
  const parent = { PATH: process.env.PATH, LANG: 'C.UTF-8', ANTHROPIC_BASE_URL: api.url };
  const env = {
    ...buildAgentEnv({ parent, passthrough: [], secrets: [API_KEY], home, scrub: false }),
    CLAUDE_CODE_MAX_RETRIES: '2',
  };
  const apiKeyHelper = writeApiKeyHelper(join(root, 'key', 'helper.sh'), API_KEY);
  const progress: Progress[] = [];
  return {
    ...{ api, bin, cwd, home, env, progress },
    run(more = {}, options = {}) {
      const runner = createClaudeRunner({
        ...{
          now: Date.now,
          log: silentLogger(),
          host: 'test',
          runsDir: join(root, 'runs'),
          runLogMaxBytes: 5_000_000,
        },
        ...{ progressIntervalMs: 20, resumeMinMs: 20_000, redact: (text: string) => text },
        ...{ bin, settingSources: ['project'], apiKeyHelper: options.key === false ? null : apiKeyHelper },
        env: { ...env, ...options.env },
      });
      const request = agentRequest({ model: 'sonnet', brief: 'Work item: SHOP-014\nDo it.\n', ...more });
      return runner.run(request, { cwd, onProgress: (event) => progress.push(event), ...options.hooks });
    },
    async close() {
      await api.close();
      rmSync(root, { recursive: true, force: true });
    },
  };
}
