import { randomBytes, randomUUID } from 'node:crypto';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { effectiveCaps, type RunCap, runCap } from '../agent/budget.ts';
import { writeApiKeyHelper } from '../agent/claude/api-key-helper.ts';
import { findClaude } from '../agent/claude/binary.ts';
import { createClaudeRunner } from '../agent/claude/runner.ts';
import { buildAgentEnv } from '../agent/env.ts';
import { resolveEffort, resolveFallback, resolveModel } from '../agent/model.ts';
import type { AgentRunner } from '../agent/port.ts';
import { createPreflight, type Preflight } from '../agent/preflight.ts';
import { loadPrompts } from '../agent/prompts.ts';
import { createScriptedRunner } from '../agent/scripted.ts';
import type { Config } from '../config/schema.ts';
import type { BudgetStore } from '../db/budgets.ts';
import type { RunStore } from '../db/runs.ts';
import type { Logger } from '../log.ts';
import type { Project } from '../pipeline/project.ts';
import type { TaskState } from '../pipeline/task.ts';
import type { AgentPlanDeps } from '../processors/plan-agent.ts';

/** What running agents on this host takes; a worker has no more (AGENT-54). */
export interface AgentHost {
  config: Config;
  secrets: readonly string[];
  redact: (text: string) => string;
  env: Readonly<Record<string, string | undefined>>;
  home: string;
  host: string;
  /** Directory of scripted programs, where the runner is `scripted`. */
  scriptedDir: string;
  now: () => number;
  log: Logger;
}

export interface AgentsDeps extends AgentHost {
  project: (repo: string) => Project;
  runs: RunStore;
  budgets: BudgetStore;
}

const S = 1000;
const BUILT_IN_PROMPTS = fileURLToPath(new URL('../../agents', import.meta.url));

/** Environment of every agent child of this host (AGENT-21 to AGENT-23). */
const childEnv = ({ config, env, secrets, home }: AgentHost) =>
  buildAgentEnv({
    parent: env,
    passthrough: config.agents.envPassthrough ?? [],
    secrets,
    home: config.agents.home ?? home,
    scrub: false,
  });

const claudeBin = ({ config, env }: AgentHost): string | null =>
  findClaude({ bin: config.agents.claudeBin, path: env.PATH ?? '', from: import.meta.url });

const apiKeyOf = ({ env }: AgentHost): string | undefined => env.ANTHROPIC_API_KEY || undefined;

/** The runner of this host (AGENT-14): the CLI, or the scripted programs of demo, staging and tests. */
export function createRunner(deps: AgentHost): AgentRunner {
  const { config, now, log, redact, host } = deps;
  const { agents, server } = config;
  const common = {
    env: childEnv(deps),
    now,
    log,
    host,
    runsDir: server.runsDir,
    runLogMaxBytes: agents.runLogMaxBytes,
    progressIntervalMs: agents.progressIntervalMs,
    resumeMinMs: agents.resumeMinS * S,
    redact,
  };
  if (agents.runner === 'scripted') {
    return createScriptedRunner({ ...common, programsDir: deps.scriptedDir, node: process.execPath });
  }
  const key = apiKeyOf(deps);
  return createClaudeRunner({
    ...common,
    bin: claudeBin(deps) ?? agents.claudeBin,
    settingSources: agents.settingSources,
    apiKeyHelper:
      key === undefined ? null : writeApiKeyHelper(path.join(server.dataDir, 'agent', 'api-key.sh'), key),
  });
}

/** What must hold on this host before a model runs (AGENT-44); scripted agents need nothing. */
export function createReadiness(deps: AgentHost): { check(): Promise<Preflight>; invalidate(): void } {
  const { config, env, now } = deps;
  const { agents, server, forge } = config;
  if (agents.runner === 'scripted')
    return { check: async () => ({ ready: true }), invalidate: () => undefined };
  return createPreflight({
    now,
    ttlMs: agents.preflightTtlS * S,
    findCli: () => claudeBin(deps),
    env: childEnv(deps),
    hasApiKey: apiKeyOf(deps) !== undefined,
    providerUrl: env.ANTHROPIC_BASE_URL ?? 'https://api.anthropic.com',
    volumes: [forge.reposDir, server.runsDir],
    minFreeDiskMb: agents.minFreeDiskMb,
  });
}

/** Which cap a task's next run would meet (AGENT-47). */
export function capOf({ config, project, runs, budgets, now }: AgentsDeps, task: TaskState): RunCap {
  const caps = effectiveCaps(config.budgets, project(task.repo).budgets);
  const midnight = budgets.dayStart(now());
  const today = runs.spent({ since: midnight });
  return runCap({
    caps,
    spent: {
      attempt: runs.spent({ task: task.id, stage: task.stage, attempt: task.attempt }).usd,
      task: runs.spent({ task: task.id }).usd,
      day: today.usd,
      dayReserved: today.reservedUsd,
    },
    raised: { ...task.raisedUsd, day: budgets.raised(now()) },
    minRunUsd: config.budgets.minRunUsd ?? 0,
  });
}

/** What plans of runs are made from. */
export function agentPlanDeps(deps: AgentsDeps): AgentPlanDeps {
  const { config } = deps;
  const { agents, budgets, forge } = config;
  const prompts = loadPrompts(agents.agentsDir ?? BUILT_IN_PROMPTS);
  return {
    prompt: (role) => ({ name: role, body: prompts[role].body, tools: [...prompts[role].tools] }),
    model: (role, project) =>
      agents.runner === 'scripted'
        ? null
        : resolveModel({
            project: project.agentModels[role],
            role: agents.model[role],
            standard: agents.modelDefault,
          }).value,
    effort: (role, project) =>
      resolveEffort(role, {
        project: project.agentEfforts[role],
        role: agents.effort[role],
        standard: agents.effortDefault,
      }).value,
    fallbackModel: resolveFallback(agents.fallbackModel).value,
    deadlines: (role) => ({
      firstByteMs: agents.firstByteTimeoutS * S,
      idleMs: agents.idleTimeoutS * S,
      wallMs: (agents.timeoutOverridesJson?.[role] ?? agents.timeoutSeconds) * S,
      resultGraceMs: agents.resultGraceS * S,
      killGraceMs: Math.max(1, agents.killGraceSeconds * S),
    }),
    prices: (budgets.modelPricesJson ?? {}) as AgentPlanDeps['prices'],
    identity: { name: forge.gitAuthorName, email: forge.gitAuthorEmail },
    briefMaxBytes: agents.briefMaxBytes,
    capUsd: (task) => {
      const cap = capOf(deps, task);
      return cap.start ? cap.capUsd : null;
    },
    resumable: () => null,
    uuid: randomUUID,
    token: () => randomBytes(8).toString('hex'),
  };
}

/** Where the demo's scripted programs are. */
export const DEMO_AGENTS = path.join(BUILT_IN_PROMPTS, '..', 'demo', 'agents');
