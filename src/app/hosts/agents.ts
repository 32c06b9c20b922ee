import { randomBytes, randomUUID } from 'node:crypto';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeApiKeyHelper } from '../../agent/claude/api-key-helper.ts';
import { findClaude } from '../../agent/claude/binary.ts';
import { createClaudeRunner } from '../../agent/claude/runner.ts';
import { buildAgentEnv } from '../../agent/env.ts';
import { resolveEffort, resolveFallback, resolveModel } from '../../agent/model.ts';
import type { AgentRunner } from '../../agent/port.ts';
import { createPreflight, type Preflight } from '../../agent/preflight.ts';
import { loadPrompts } from '../../agent/prompts.ts';
import { createScriptedRunner } from '../../agent/scripted.ts';
import type { Config } from '../../config/schema.ts';
import type { Logger } from '../../log.ts';
import type { TaskState } from '../../pipeline/task.ts';
import type { AgentPlanDeps } from '../../processors/plan-agent.ts';
import { capAmount, capOf, type MoneyDeps, moneyOf, pricesOf } from '../surfaces/money.ts';
import { type AgentUser, hasBwrap } from './agent-user.ts';
import { createSessions } from './sessions.ts';

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
  /** Whom agents run as; null: as we do (AGENT-24). */
  user: AgentUser | null;
  now: () => number;
  log: Logger;
}

export interface AgentsDeps extends AgentHost, MoneyDeps {
  /** Of a task's worktree on this host. */
  worktreePath: (task: TaskState) => string;
  /** True for another host that takes runs and is ready. */
  isReady: (host: string) => boolean;
}

const S = 1000;
/** The six role prompts we bring along. */
export const BUILT_IN_PROMPTS = fileURLToPath(new URL('../../../agents', import.meta.url));

/** `HOME` of every agent child, which holds the login and the sessions of the CLI (AGENT-22). */
export const homeOf = ({ config, home, user }: Pick<AgentHost, 'config' | 'home' | 'user'>): string =>
  config.agents.home ?? user?.home ?? home;

/** Environment of every agent child of this host (AGENT-21 to AGENT-23). */
const childEnv = (deps: AgentHost) =>
  buildAgentEnv({
    parent: deps.env,
    passthrough: deps.config.agents.envPassthrough ?? [],
    secrets: deps.secrets,
    home: homeOf(deps),
    scrub: hasBwrap(deps.env.PATH ?? ''),
  });

const idsOf = ({ user }: AgentHost) => (user === null ? {} : { user: { uid: user.uid, gid: user.gid } });

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
    ...idsOf(deps),
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
      key === undefined
        ? null
        : writeApiKeyHelper(path.join(server.dataDir, 'agent', 'api-key.sh'), key, deps.user ?? undefined),
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
    ...idsOf(deps),
    hasApiKey: apiKeyOf(deps) !== undefined,
    providerUrl: env.ANTHROPIC_BASE_URL ?? 'https://api.anthropic.com',
    volumes: [forge.reposDir, server.runsDir],
    minFreeDiskMb: agents.minFreeDiskMb,
  });
}

/** What plans of runs are made from. */
export function agentPlanDeps(deps: AgentsDeps): AgentPlanDeps {
  const { config } = deps;
  const { agents, forge, redis } = config;
  const prompts = loadPrompts(agents.agentsDir ?? BUILT_IN_PROMPTS);
  return {
    prompt: (role) => ({ name: role, body: prompts[role].body, tools: [...prompts[role].tools] }),
    model: (role, project, size) =>
      agents.runner === 'scripted'
        ? null
        : resolveModel({
            size: size === null ? undefined : project.modelsByComplexity[size]?.[role],
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
    prices: () => pricesOf(deps),
    backoff: {
      baseMs: redis.transientBackoffBaseS * S,
      maxMs: redis.transientBackoffMaxS * S,
      jitterS: agents.usageLimitJitterS,
    },
    identity: { name: forge.gitAuthorName, email: forge.gitAuthorEmail },
    briefMaxBytes: agents.briefMaxBytes,
    cap(task) {
      const money = moneyOf(deps, task);
      const cap = capOf(deps, money);
      const by = cap.cap === null ? null : { name: cap.cap, usd: capAmount(money, cap.cap) };
      return { runUsd: cap.start ? cap.capUsd : null, by };
    },
    resumable: createSessions({
      sessions: deps.runs.sessions,
      worktreePath: deps.worktreePath,
      host: deps.host,
      isReady: deps.isReady,
      home: homeOf(deps),
      limits: {
        maxResumes: agents.maxResumes,
        maxContextPct: agents.resumeMaxContextPct,
        maxAgeMs: agents.resumeMaxAgeH * 3600 * S,
      },
      now: deps.now,
      log: deps.log,
    }),
    uuid: randomUUID,
    token: () => randomBytes(8).toString('hex'),
  };
}

/** Where the demo's scripted programs are. */
export const DEMO_AGENTS = path.join(BUILT_IN_PROMPTS, '..', 'demo', 'agents');
