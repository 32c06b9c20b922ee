import { type Env, identityEnv } from '../env.ts';
import type { AgentRunner } from '../port.ts';
import { type SuperviseDeps, supervise } from '../supervise.ts';
import { type ClaudeOptions, claudeArgv } from './argv.ts';

export interface ClaudeDeps extends SuperviseDeps, ClaudeOptions {
  /** Environment of the children, from `buildAgentEnv`. */
  env: Env;
}

/** Runs roles with the Claude Code CLI. */
export function createClaudeRunner(deps: ClaudeDeps): AgentRunner {
  return {
    async run(request, hooks) {
      const env = { ...deps.env, ...identityEnv(request.identity, request.role) };
      return supervise(deps, { request, plan: { argv: claudeArgv(request, deps), env }, hooks });
    },
  };
}
