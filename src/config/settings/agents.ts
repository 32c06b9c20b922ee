import { z } from 'zod';
import { ROLES } from '../../pipeline/stages.ts';
import { bool, csv, int, json, oneOf, path, string } from '../kinds.ts';
import { EFFORTS, isModelName } from '../models.ts';
import { family, group, type Setting } from '../setting.ts';

/** A model name; one that is not valid reads as undefined and is named by a notice (AGENT-17, SET-21). */
const model = (meaning: string, standard?: string): Setting<string | undefined> => ({
  ...string(meaning, standard === undefined ? {} : { default: standard }),
  schema: z.string().transform((text) => (isModelName(text) ? text : undefined)),
});

const secondsByRole = {
  type: 'json role → seconds',
  expected: 'a JSON object of role → seconds',
  schema: z.partialRecord(z.enum(ROLES), z.int().min(1)),
};

export const agents = group(
  'agents',
  {
    ORCH_CLAUDE_BIN: path('CLI', { default: 'claude', defaultWords: '`claude` on `PATH`' }),
    ORCH_AGENT_RUNNER: oneOf(
      ['claude', 'scripted'],
      '`scripted` runs scripted programs without a model (demo, staging, tests)',
      { default: 'claude' },
    ),
    ORCH_AGENTS_DIR: path('directory with the six role prompts', { defaultWords: 'built in' }),
    ORCH_AGENT_USER: string(
      'unprivileged user that agents, checks and git in worktrees run as; needs to be started as root',
      {},
    ),
    ORCH_AGENT_HOME: path('`HOME` of the CLI, holds its login', {
      defaultWords: 'home of the user agents run as',
    }),
    ORCH_AGENT_SETTING_SOURCES: csv('`--setting-sources`', { default: 'project' }),
    ORCH_AGENT_ENV_PASSTHROUGH: csv('further variable names passed to the CLI; secrets are refused', {}),
    ORCH_AGENT_MODEL_DEFAULT: model('model: `claude-…` or a CLI alias', 'opus'),
    'ORCH_AGENT_MODEL_*': family(ROLES, model('model of a role')),
    ORCH_AGENT_FALLBACK_MODEL: model('model when the first is overloaded; unset ⇒ flag omitted'),
    ORCH_AGENT_EFFORT_DEFAULT: oneOf(EFFORTS, 'effort where neither project nor role sets one', {}),
    'ORCH_AGENT_EFFORT_*': family(
      ROLES,
      oneOf(EFFORTS, 'effort of a role', {
        defaultWords: 'unset: developer xhigh; analyst, architect, reviewer high; tester, deployer medium',
      }),
    ),
    ORCH_AGENT_TIMEOUT_SECONDS: int('wall clock of a run', { default: '1800' }, { min: 1 }),
    ORCH_AGENT_TIMEOUT_OVERRIDES_JSON: json(secondsByRole, 'e.g. `{"developer":3600}`', {}),
    ORCH_AGENT_FIRST_BYTE_TIMEOUT_S: int('until the first model event', { default: '120' }, { min: 1 }),
    ORCH_AGENT_IDLE_TIMEOUT_S: int('without any event', { default: '600' }, { min: 1 }),
    ORCH_AGENT_RESULT_GRACE_S: int('process may linger after its result', { default: '10' }),
    ORCH_AGENT_KILL_GRACE_SECONDS: int('from INT to KILL; TERM at half', { default: '20' }),
    ORCH_AGENT_MAX_RESUMES: int('resumes of one session', { default: '3' }),
    ORCH_RESUME_HOST_WAIT_S: int("wait for the session's host", { default: '300' }),
    ORCH_RESUME_MIN_S: int('a shorter empty resume counts as saturated', { default: '20' }),
    ORCH_RESUME_MAX_CONTEXT_PCT: int(
      'fuller sessions are not resumed',
      { default: '60' },
      { min: 1, max: 100 },
    ),
    ORCH_RESUME_MAX_AGE_H: int('older sessions are not resumed', { default: '168' }),
    ORCH_BRIEF_MAX_BYTES: int('task brief', { default: '262144' }, { min: 1 }),
    ORCH_FINDINGS_MAX_CHARS: int('conflict text handed to the developer', { default: '8000' }, { min: 1 }),
    ORCH_RUN_LOG_MAX_BYTES: int('one run log', { default: '52428800' }, { min: 1 }),
    ORCH_PROGRESS_INTERVAL_MS: int('progress events', { default: '2000' }),
    ORCH_PREFLIGHT_TTL_S: int('cache of the runtime check', { default: '60' }),
    ORCH_MIN_FREE_DISK_MB: int('below it no agent starts', { default: '2048' }),
    ORCH_BREAKER_THRESHOLD: int(
      'consecutive transient failures that open the breaker',
      { default: '5' },
      { min: 1 },
    ),
    ORCH_BREAKER_COOLDOWN_S: int('first cool-down, doubled to at most 3600', { default: '300' }),
    ORCH_LIMIT_AUTO_RESUME: bool(true, 'continue by itself after a usage limit'),
    ORCH_USAGE_LIMIT_JITTER_S: int('random delay after the reset', { default: '60' }),
  },
  'AGENT_',
);
