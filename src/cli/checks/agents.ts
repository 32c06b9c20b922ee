import { existsSync } from 'node:fs';
import { findClaude } from '../../agent/claude/binary.ts';
import { isLoggedIn, missingFlags } from '../../agent/claude/probe.ts';
import { buildAgentEnv } from '../../agent/env.ts';
import { loadPrompts } from '../../agent/prompts.ts';
import { findAgentUser, hasBwrap } from '../../app/hosts/agent-user.ts';
import { BUILT_IN_PROMPTS, homeOf } from '../../app/hosts/agents.ts';
import { describeError } from '../../errors.ts';
import type { Check, Place } from './check.ts';
import { type Found, hint, ok, problem } from './finding.ts';

const INSTALL = 'npm install --global @anthropic-ai/claude-code, then log in once with: claude';

/** The CLI as agents would start it: their user, their home, their environment (AGENT-44). */
function cliOf({ env, home, loaded }: Place) {
  const { config, secrets } = loaded;
  const user = findAgentUser(config.agents.user);
  const cwd = homeOf({ config, home, user });
  const bin = findClaude({ bin: config.agents.claudeBin, path: env.PATH ?? '', from: import.meta.url });
  const passthrough = config.agents.envPassthrough ?? [];
  const scrub = hasBwrap(env.PATH ?? '');
  const child = buildAgentEnv({ parent: env, passthrough, secrets, home: cwd, scrub });
  const as = user === null ? {} : { user: { uid: user.uid, gid: user.gid } };
  return { bin, env: child, cwd, ...as };
}

export const CLAUDE: Check = {
  name: 'claude',
  about:
    'the Claude Code CLI is there, starts, knows every flag we use, and is logged in (AGENT-16, AGENT-44)',
  async look(place) {
    const { agents } = place.loaded.config;
    if (agents.runner === 'scripted') return [ok('not needed: agents are scripted')];
    const { bin, ...cli } = cliOf(place);
    if (bin === null)
      return [hint(`${agents.claudeBin} is not on PATH; only scripted agents can run here`, INSTALL)];
    if (!existsSync(cli.cwd))
      return [
        problem(`the home ${cli.cwd} of the agents does not exist`, 'create it, or set ORCH_AGENT_HOME'),
      ];
    const missing = await missingFlags({ bin, ...cli });
    if (missing === null) return [problem(`${bin} does not start`, 'install the CLI again')];
    if (missing.length > 0)
      return [problem(`${bin} does not know ${missing.join(', ')}`, 'install a newer Claude Code CLI')];
    if (place.env.ANTHROPIC_API_KEY)
      return [ok(`${bin}, with ANTHROPIC_API_KEY`), ...reachable(place, cli.env)];
    if (await isLoggedIn({ bin, ...cli })) return [ok(`${bin}, logged in`), ...reachable(place, cli.env)];
    const who = agents.user === undefined ? '' : ` as ${agents.user}`;
    return [problem(`${bin} is not logged in`, `run claude once${who} and log in, or set ANTHROPIC_API_KEY`)];
  },
};

/** What the commands of an agent can read all the same (AGENT-23). */
function reachable({ loaded }: Place, env: Readonly<Record<string, string>>): Found[] {
  const of = 'reach';
  if (env.CLAUDE_CODE_OAUTH_TOKEN !== undefined && env.CLAUDE_CODE_SUBPROCESS_ENV_SCRUB === undefined)
    return [
      hint(
        'CLAUDE_CODE_OAUTH_TOKEN is readable by the commands of agents',
        'install bubblewrap, or log in instead',
        { of },
      ),
    ];
  if (loaded.config.agents.user !== undefined) return [];
  return [
    hint(
      'agents run as this user, so their commands can read what it can, this login included',
      'name an unprivileged ORCH_AGENT_USER',
      { of },
    ),
  ];
}

export const PROMPTS: Check = {
  name: 'prompts',
  about: 'the six role prompts can be read and are valid',
  look({ loaded: { config } }) {
    const dir = config.agents.agentsDir ?? BUILT_IN_PROMPTS;
    try {
      return [ok(`${Object.keys(loadPrompts(dir)).length} roles in ${dir}`)];
    } catch (error) {
      return [
        problem(describeError(error), 'correct the prompt, or unset ORCH_AGENTS_DIR for the built-in ones'),
      ];
    }
  },
};
