import { randomUUID } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildAgentEnv } from '../../../src/agent/env.ts';
import type { AgentRequest, AgentRun, AgentRunner, RunHooks } from '../../../src/agent/port.ts';
import type { Progress } from '../../../src/agent/progress.ts';
import { createScriptedRunner } from '../../../src/agent/scripted.ts';
import type { SuperviseDeps } from '../../../src/agent/supervise.ts';
import { silentLogger } from '../../../src/log.ts';

/** Generous deadlines: a test that is about one of them shortens it. */
export const CALM = {
  firstByteMs: 20_000,
  idleMs: 20_000,
  wallMs: 60_000,
  resultGraceMs: 5_000,
  killGraceMs: 1_000,
};

/** A valid request of the developer; `more` replaces whole keys. */
export function agentRequest(more: Partial<AgentRequest> = {}): AgentRequest {
  return {
    v: 1,
    task: 14,
    wid: 'SHOP-014',
    repo: 'shop',
    stage: 'development',
    attempt: 1,
    run: 1,
    runId: `t14-${randomUUID()}`,
    fence: 3,
    role: 'developer',
    brief: 'Work item: SHOP-014\n',
    prompt: {
      name: 'developer',
      body: 'You develop.',
      tools: ['Read', 'Glob', 'Grep', 'Write', 'Edit', 'Bash'],
    },
    model: null,
    effort: null,
    fallbackModel: null,
    deadlines: CALM,
    runCapUsd: null,
    prices: {},
    session: { id: randomUUID(), resume: false, totals: null },
    identity: { name: 'orchestrator', email: 'orchestrator@localhost' },
    outputs: [],
    ...more,
  };
}

export interface AgentBench {
  /** An empty directory the agent works in. */
  cwd: string;
  runsDir: string;
  deps: SuperviseDeps;
  env: Record<string, string>;
  /** A runner whose every role is this fixture of `test/fixtures/agents`. */
  fixture(name: string): AgentRunner;
  progress: Progress[];
  hooks(more?: Partial<RunHooks>): RunHooks;
  run(runner: AgentRunner, more?: Partial<AgentRequest>): Promise<AgentRun>;
  remove(): void;
}

/** A place to run agents in, for one test. */
export function createAgentBench(): AgentBench {
  const root = mkdtempSync(join(tmpdir(), 'orch-agent-'));
  const [cwd, runsDir] = [join(root, 'work'), join(root, 'runs')];
  mkdirSync(cwd);
  const progress: Progress[] = [];
  const deps: SuperviseDeps = {
    now: Date.now,
    log: silentLogger(),
    host: 'test',
    runsDir,
    runLogMaxBytes: 1024 * 1024,
    progressIntervalMs: 20,
    resumeMinMs: 20_000,
    redact: (text) => text,
  };
  const env = buildAgentEnv({ parent: process.env, passthrough: [], secrets: [], home: root, scrub: false });
  const hooks = (more: Partial<RunHooks> = {}): RunHooks => ({
    cwd,
    onProgress: (event) => progress.push(event),
    ...more,
  });
  return {
    cwd,
    runsDir,
    deps,
    env,
    progress,
    hooks,
    fixture(name) {
      const programsDir = join(root, 'programs');
      const source = new URL('../../fixtures/agents/', import.meta.url).pathname;
      cpSync(join(source, 'lib'), join(programsDir, 'lib'), { recursive: true });
      for (const role of ['analyst', 'developer', 'reviewer', 'tester']) {
        cpSync(join(source, `${name}.mjs`), join(programsDir, `${role}.mjs`));
      }
      return createScriptedRunner({ ...deps, programsDir, node: process.execPath, env });
    },
    run: (runner, more) => runner.run(agentRequest(more), hooks()),
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}
