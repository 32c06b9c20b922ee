import { describe, expect, it } from 'vitest';
import { load, type Machine, problemsOf, project, registryOf } from './load-settings.ts';

type Env = Record<string, string>;
interface Case {
  rule: string;
  bad: Env;
  badMachine?: Machine;
  /** Keys complained of. */
  keys: string[];
  good: Env;
  goodMachine?: Machine;
}

const PLANE_ID = '6f9619ff-8b86-4011-b42d-00c04fc964ff';
const plane = registryOf(project({ plane_project_id: PLANE_ID }));
const planeSettings = {
  ORCH_PLANE_API_URL: 'https://plane.example',
  ORCH_PLANE_API_TOKEN: 'token-1',
  ORCH_PLANE_WORKSPACE_SLUG: 'acme',
};
const gitea = registryOf(project({ forge: 'gitea' }));
const self = registryOf(
  project({
    repo: 'orchestrator',
    prefix: 'ORCH',
    deploy: 'hook',
    deploy_hook: { script: './d.sh', via: 'setsid' },
  }),
);
const underSystemd: Machine = { probes: { host: { systemd: true, container: false, dockerSocket: false } } };
const noUser: Machine = { probes: { userProblem: () => 'there is no such user' } };
const readOnly: Machine = {
  probes: { directoryProblem: (path) => (path === '/ro' ? 'cannot be written (EROFS)' : undefined) },
};

const CASES: Case[] = [
  {
    rule: 'SET-20.1 both forms of the registry',
    bad: { ...registryOf(project()), ORCH_PROJECTS_FILE: '/p.json' },
    keys: ['ORCH_PROJECTS_JSON'],
    good: { ORCH_PROJECTS_FILE: '/p.json' },
    goodMachine: { files: { '/p.json': JSON.stringify({ $schema: './s.json', projects: [project()] }) } },
  },
  {
    rule: 'SET-20.2 Plane without its settings',
    bad: plane,
    keys: ['ORCH_PLANE_API_URL', 'ORCH_PLANE_API_TOKEN', 'ORCH_PLANE_WORKSPACE_SLUG'],
    good: { ...plane, ...planeSettings },
  },
  {
    rule: 'SET-20.3 Gitea without its settings',
    bad: gitea,
    keys: ['ORCH_GITEA_URL', 'ORCH_GITEA_TOKEN', 'ORCH_PROJECTS_JSON[0].owner'],
    good: {
      ...gitea,
      ORCH_GITEA_URL: 'https://git.example',
      ORCH_GITEA_TOKEN: 't',
      ORCH_GITEA_OWNER: 'acme',
    },
  },
  {
    rule: 'SET-20.4 a scope names an unknown repository',
    bad: { ...registryOf(project()), ORCH_MERGE_GATE_REPOS: 'notes,nots' },
    keys: ['ORCH_MERGE_GATE_REPOS'],
    good: { ...registryOf(project()), ORCH_MERGE_GATE_REPOS: 'NOTES' },
  },
  {
    rule: 'SET-20.5 an effort that does not exist',
    bad: {
      ORCH_AGENT_EFFORT_TESTER: 'extreme',
      ...registryOf(project({ agent_efforts: { tester: 'huge' } })),
    },
    keys: ['ORCH_AGENT_EFFORT_TESTER', 'ORCH_PROJECTS_JSON[0].agent_efforts.tester'],
    good: { ORCH_AGENT_EFFORT_TESTER: 'MAX', ...registryOf(project({ agent_efforts: { tester: 'low' } })) },
  },
  {
    rule: 'SET-20.6 a merge style that rewrites commits',
    bad: { ORCH_MERGE_STYLE: 'rebase-merge' },
    keys: ['ORCH_MERGE_STYLE'],
    good: { ORCH_MERGE_STYLE: 'merge' },
  },
  {
    rule: 'SET-20.7 webhook mode without a URL',
    bad: { ORCH_TELEGRAM_MODE: 'webhook' },
    keys: ['ORCH_TELEGRAM_WEBHOOK_URL'],
    good: { ORCH_TELEGRAM_MODE: 'webhook', ORCH_TELEGRAM_WEBHOOK_URL: 'https://o.example/webhook/telegram' },
  },
  {
    rule: 'SET-20.7 webhook mode without https',
    bad: { ORCH_TELEGRAM_MODE: 'webhook', ORCH_TELEGRAM_WEBHOOK_URL: 'http://o.example' },
    keys: ['ORCH_TELEGRAM_WEBHOOK_URL'],
    good: { ORCH_TELEGRAM_MODE: 'polling', ORCH_TELEGRAM_WEBHOOK_URL: 'http://o.example' },
  },
  {
    rule: 'inc-16 SET-20.8 a budget of zero or less',
    bad: {
      ORCH_BUDGET_DAY_USD: '0',
      ORCH_BUDGET_TASK_USD: '-1',
      ...registryOf(project({ budgets: { day_usd: 0 } })),
    },
    keys: ['ORCH_BUDGET_TASK_USD', 'ORCH_BUDGET_DAY_USD', 'ORCH_PROJECTS_JSON[0].budgets.day_usd'],
    good: {
      ORCH_BUDGET_DAY_USD: 'off',
      ...registryOf(project({ budgets: { day_usd: 'off', task_usd: 2 } })),
    },
  },
  {
    rule: 'SET-20.9 title lengths out of order or too long',
    bad: { ORCH_QG0_TITLE_MIN: '300', ORCH_QG0_TITLE_MAX: '256' },
    keys: ['ORCH_QG0_TITLE_MIN', 'ORCH_QG0_TITLE_MIN', 'ORCH_QG0_TITLE_MAX'],
    good: { ORCH_QG0_TITLE_MIN: '255', ORCH_QG0_TITLE_MAX: '255' },
  },
  {
    rule: 'SET-20.10 a secret is passed through',
    bad: {
      ORCH_AGENT_ENV_PASSTHROUGH: 'ORCH_LANG,FORGE_TOKEN',
      ORCH_CHECKS_ENV_PASSTHROUGH: 'FORGE_TOKEN',
      ORCH_GITEA_TOKEN: 'same-value',
      FORGE_TOKEN: 'same-value',
    },
    keys: ['ORCH_AGENT_ENV_PASSTHROUGH', 'ORCH_AGENT_ENV_PASSTHROUGH', 'ORCH_CHECKS_ENV_PASSTHROUGH'],
    good: { ORCH_AGENT_ENV_PASSTHROUGH: 'NODE_OPTIONS', ORCH_GITEA_TOKEN: 'same-value', NODE_OPTIONS: '-x' },
  },
  {
    rule: 'SET-20.11 a remote chat page without consent',
    bad: { ORCH_LOCAL_CHAT_HOST: '0.0.0.0' },
    keys: ['ORCH_LOCAL_CHAT_HOST'],
    good: { ORCH_LOCAL_CHAT_HOST: '0.0.0.0', ORCH_LOCAL_CHAT_ALLOW_REMOTE: 'true' },
  },
  {
    rule: 'SET-20.12 one port for two servers',
    bad: { ORCH_HTTP_PORT: '8502' },
    keys: ['ORCH_LOCAL_CHAT_PORT'],
    good: { ORCH_HTTP_PORT: '8502', ORCH_LOCAL_CHAT_PORT: '8500' },
  },
  {
    rule: 'SET-20.13 a directory that cannot be written',
    bad: { ORCH_DATA_DIR: '/rw', ORCH_REPOS_DIR: '/ro', ORCH_RUNS_DIR: '/ro', ORCH_DB_PATH: '/ro/o.db' },
    badMachine: readOnly,
    keys: ['ORCH_REPOS_DIR', 'ORCH_RUNS_DIR', 'ORCH_DB_PATH'],
    good: { ORCH_DATA_DIR: '/rw' },
    goodMachine: readOnly,
  },
  {
    rule: 'SET-20.13 a data directory that cannot be written, once for all that lies below it',
    bad: { ORCH_DATA_DIR: '/ro' },
    badMachine: readOnly,
    keys: ['ORCH_DATA_DIR'],
    good: { ORCH_DATA_DIR: '/rw' },
    goodMachine: readOnly,
  },
  {
    rule: 'SET-20.14 a user we cannot become',
    bad: { ORCH_AGENT_USER: 'ghost' },
    badMachine: noUser,
    keys: ['ORCH_AGENT_USER'],
    good: { ORCH_AGENT_USER: 'agent' },
  },
  {
    rule: 'SET-20.15 staging knows a forbidden project',
    bad: {
      ...plane,
      ...planeSettings,
      ORCH_STAGING: 'true',
      ORCH_STAGING_FORBIDDEN_PROJECTS: PLANE_ID.toUpperCase(),
    },
    keys: ['ORCH_STAGING_FORBIDDEN_PROJECTS'],
    good: { ...plane, ...planeSettings, ORCH_STAGING_FORBIDDEN_PROJECTS: PLANE_ID },
  },
  {
    rule: 'SET-20.16 self-hosting would be killed with its own hook',
    bad: self,
    badMachine: underSystemd,
    keys: ['ORCH_DEPLOY_HOOK_VIA'],
    good: self,
  },
];

describe('refused combinations (SET-20)', () => {
  it.each(CASES)('$rule is refused', ({ bad, badMachine, keys }) => {
    expect(problemsOf(bad, badMachine).map(({ key }) => key)).toEqual(keys);
  });

  it.each(CASES)('$rule: the right way is accepted', ({ good, goodMachine }) => {
    expect(problemsOf(good, goodMachine)).toEqual([]);
  });

  it('names the projects that need the missing settings (SET-3)', () => {
    const [, token] = problemsOf(plane);
    expect(token).toEqual({
      key: 'ORCH_PLANE_API_TOKEN',
      problem: 'missing, but project "notes" uses Plane',
      fix: 'set it, or set "tracker": "local" for the project',
    });
  });

  it('REC-183 a worker needs no settings of the tracker or of the deploy, but those of the forge', () => {
    const all = registryOf(
      project({ plane_project_id: '5f3c0a52-8f3e-4b0f-9f3a-1f8c2f2b7a11', forge: 'gitea', deploy: 'hook' }),
    );
    const keys = (part: 'control' | 'worker') => problemsOf(all, { part }).map(({ key }) => key);
    expect(keys('worker')).toEqual(expect.arrayContaining(['ORCH_GITEA_URL', 'ORCH_GITEA_TOKEN']));
    expect(keys('worker').join()).not.toMatch(/PLANE|deploy/);
    expect(keys('control').join()).toMatch(/ORCH_PLANE_API_TOKEN.*deploy_hook/);
  });

  it('chooses a transport that survives where auto may, and refuses where none does (SHIP-120)', () => {
    const auto = registryOf(
      project({ repo: 'Orchestrator', prefix: 'ORCH', deploy: 'hook', deploy_hook: { script: './d.sh' } }),
    );
    const inContainer = (dockerSocket: boolean): Machine => ({
      probes: { host: { systemd: false, container: true, dockerSocket } },
    });
    expect(problemsOf(auto, underSystemd)).toEqual([]);
    expect(problemsOf(auto, inContainer(true))).toEqual([]);
    expect(problemsOf({ ...auto, ORCH_DEPLOY_SSH_HOST: 'host' }, inContainer(false))).toEqual([]);
    expect(problemsOf(auto, inContainer(false)).map(({ key }) => key)).toEqual(['ORCH_DEPLOY_HOOK_VIA']);
    expect(load(auto).projects[0]?.selfHosting).toBe(true);
  });
});
