import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { writeApiKeyHelper } from './claude/api-key-helper.ts';
import { findClaude } from './claude/binary.ts';
import { createClaudeRunner } from './claude/runner.ts';
import { assertPassthrough, buildAgentEnv, type Env } from './env.ts';
import type { AgentRunner } from './port.ts';
import { createPreflight, type PreflightCheck } from './preflight.ts';
import { createScriptedRunner } from './scripted.ts';
import type { SuperviseDeps } from './supervise.ts';

const PROVIDER_URL = 'https://api.anthropic.com';

/** What the composition root knows; every value comes from the settings or from the process. */
export interface AgentOptions extends SuperviseDeps {
  /** `ORCH_AGENT_RUNNER`. */
  kind: 'claude' | 'scripted';
  /** Our own environment, as read by `main`. */
  parent: Readonly<Record<string, string | undefined>>;
  /** `ORCH_AGENT_ENV_PASSTHROUGH`. */
  passthrough: readonly string[];
  /** Values of every configured secret. */
  secrets: readonly string[];
  /** `ORCH_AGENT_HOME`. */
  home: string;
  /** Scripted programs, one per role. */
  programsDir: string;
  /** The Node executable. */
  node: string;
  /** `ORCH_CLAUDE_BIN`. */
  claudeBin: string;
  /** A module URL of ours: below it an npm install of the CLI is found (AGENT-16). */
  from: string;
  settingSources: readonly string[];
  /** `ANTHROPIC_API_KEY`, or null where the CLI has its own login. */
  apiKey: string | null;
  /** Where the key helper is written: outside every worktree. */
  helperPath: string;
  preflightTtlMs: number;
  minFreeDiskMb: number;
  /** Directories whose volumes need that much. */
  volumes: readonly string[];
}

export interface Agents {
  runner: AgentRunner;
  /** Null for scripted agents: they need nothing. */
  preflight: PreflightCheck | null;
  /** The child environment, for `doctor`. */
  env: Env;
  /** The CLI, or null when it is not there or not used. */
  cli: () => string | null;
}

/** Puts the room together: environment, credential, runner and preflight. Throws AppError `agent-env-secret`. */
export function openAgents(options: AgentOptions): Agents {
  assertPassthrough(options);
  const path = options.parent.PATH ?? '';
  const env = buildAgentEnv({ ...options, scrub: options.kind === 'claude' && inPath('bwrap', path) });
  if (options.kind === 'scripted') {
    return { runner: createScriptedRunner({ ...options, env }), preflight: null, env, cli: () => null };
  }
  const cli = () => findClaude({ bin: options.claudeBin, path, from: options.from });
  const apiKeyHelper =
    options.apiKey === null ? null : writeApiKeyHelper(options.helperPath, options.apiKey, options.user);
  // A missing binary is found at run time: it may be installed while we run.
  const runner: AgentRunner = {
    run: (request, hooks) =>
      createClaudeRunner({ ...options, bin: cli() ?? options.claudeBin, apiKeyHelper, env }).run(
        request,
        hooks,
      ),
  };
  const preflight = createPreflight({
    now: options.now,
    ttlMs: options.preflightTtlMs,
    findCli: cli,
    env,
    hasApiKey: apiKeyHelper !== null,
    providerUrl: env.ANTHROPIC_BASE_URL ?? PROVIDER_URL,
    volumes: options.volumes,
    minFreeDiskMb: options.minFreeDiskMb,
    ...(options.user ? { user: options.user } : {}),
  });
  return { runner, preflight, env, cli };
}

const inPath = (program: string, path: string): boolean =>
  path
    .split(delimiter)
    .filter(Boolean)
    .some((dir) => {
      try {
        accessSync(join(dir, program), constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
