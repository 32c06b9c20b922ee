import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { AppError } from '../errors.ts';
import type { Role } from '../pipeline/stages.ts';
import { type Env, identityEnv } from './env.ts';
import type { AgentRunner } from './port.ts';
import { type SuperviseDeps, supervise } from './supervise.ts';

export interface ScriptedDeps extends SuperviseDeps {
  /** Directory with one program per role: `<role>.mjs`. */
  programsDir: string;
  /** The Node executable to run them with. */
  node: string;
  /** Environment of the children, from `buildAgentEnv`. */
  env: Env;
}

/**
 * Runs a program per role in place of a model (demo, staging, tests). The program gets the brief on stdin and
 * the worktree as its working directory, and prints the same JSON events as the real CLI.
 */
export function createScriptedRunner(deps: ScriptedDeps): AgentRunner {
  return {
    async run(request, hooks) {
      const program = programOf(deps.programsDir, request.role);
      const env = { ...deps.env, ...identityEnv(request.identity, request.role) };
      return supervise(deps, { request, plan: { argv: [deps.node, program], env }, hooks });
    },
  };
}

function programOf(dir: string, role: Role): string {
  const path = join(dir, `${role}.mjs`);
  if (existsSync(path)) return path;
  throw new AppError('scripted-agent-missing', `Expected the scripted agent ${path}, found none.`, {
    fault: 'environment',
    hint: 'The directory needs one program per role.',
  });
}
