import { describe, expect, it } from 'vitest';
import { problemLine } from '../../src/config/problems.ts';
import { createRegistry, inScope } from '../../src/config/registry.ts';
import { load, problemsOf, project, registryOf } from './load-settings.ts';

const linesOf = (...projects: unknown[]): string[] => problemsOf(registryOf(...projects)).map(problemLine);

describe('a registry entry (REG-2)', () => {
  it('fills the defaults of the smallest entry', () => {
    const [parsed] = load(registryOf(project())).projects;
    expect(parsed).toEqual({
      repo: 'notes',
      prefix: 'NOTE',
      name: 'notes',
      tracker: 'local',
      stateNames: {},
      forge: 'local',
      baseBranch: 'main',
      agentModels: {},
      modelsByComplexity: {},
      coverageGate: false,
      track: 'full',
      knowledgeFile: 'AGENTS.md',
      agentEfforts: {},
      budgets: {},
      approvers: [],
      protectedPaths: [],
      workerLabels: [],
      checks: { command: 'npm test' },
      ci: 'engine',
      requirePrReview: false,
      staging: 'none',
      deploy: 'none',
      service: 'notes',
      confirmDeploy: true,
      deployHook: { via: 'auto', env: {} },
      postDeploy: { action: 'ALERT_ONLY', probes: [] },
      image: 'none',
      secretsScan: 'auto',
      dependencyAudit: 'auto',
      selfHosting: false,
    });
  });

  it('leaves an absent statement absent, which is not "none" (REG-3)', () => {
    const [parsed] = load(registryOf({ repo: 'a', prefix: 'AA' })).projects;
    for (const field of ['checks', 'staging', 'deploy', 'image']) expect(parsed).not.toHaveProperty(field);
  });

  it('reads camelCase and snake_case as the same entry, in nested objects too', () => {
    const snake = {
      repo: 'shop',
      work_item_prefix: 'SHOP',
      test_command: { command: 'make', timeout_s: 60 },
      ci: 'none',
      staging: { mode: 'hook', base_url: 'http://localhost:1/', health: { ok_field: 'state' }, timeout_s: 5 },
      deploy: 'hook',
      deploy_hook: { script: './deploy.sh', env: { A_B: 'c' } },
      health: { url: 'https://shop.example/health', sha_field: 'rev' },
      confirm_deploy: false,
      post_deploy: { action: 'ROLLBACK', metrics_url: 'https://shop.example/m' },
      approvers: [7, 'alice'],
      budgets: { task_usd: 'off', attempt_usd: 3 },
      dependency_audit: 'npm audit',
    };
    const camel = {
      repo: 'shop',
      workItemPrefix: 'SHOP',
      testCommand: { command: 'make', timeoutS: 60 },
      ci: 'none',
      staging: { mode: 'hook', baseUrl: 'http://localhost:1/', health: { okField: 'state' }, timeoutS: 5 },
      deploy: 'hook',
      deployHook: { script: './deploy.sh', env: { A_B: 'c' } },
      health: { url: 'https://shop.example/health', shaField: 'rev' },
      confirmDeploy: false,
      postDeploy: { action: 'ROLLBACK', metricsUrl: 'https://shop.example/m' },
      approvers: [7, 'alice'],
      budgets: { taskUsd: 'off', attemptUsd: 3 },
      dependencyAudit: 'npm audit',
    };
    const [one] = load(registryOf(snake)).projects;
    const [other] = load(registryOf(camel)).projects;
    expect(other).toEqual(one);
    expect(one).toMatchObject({
      prefix: 'SHOP',
      checks: { command: 'make', timeoutS: 60 },
      staging: {
        baseUrl: 'http://localhost:1',
        health: { url: 'http://localhost:1/health', okField: 'state', okValue: 'ok' },
      },
      health: { shaField: 'rev', okField: 'status' },
      approvers: ['7', 'alice'],
      budgets: { taskUsd: null, attemptUsd: 3 },
      deployHook: { env: { A_B: 'c' } },
      dependencyAudit: { command: 'npm audit' },
    });
  });

  it('takes defaults from the settings', () => {
    const env = {
      ...registryOf(project({ deploy: 'hook' })),
      ORCH_GITEA_URL: 'https://git.example',
      ORCH_GITEA_TOKEN: 'token',
      ORCH_GITEA_OWNER: 'acme',
      ORCH_BASE_BRANCH: 'trunk',
      DEPLOY_HOOK_SCRIPT: '/opt/hook.sh',
      ORCH_DEPLOY_HOOK_VIA: 'docker',
    };
    expect(load(env).projects[0]).toMatchObject({
      forge: 'gitea',
      owner: 'acme',
      baseBranch: 'trunk',
      ci: 'forge',
      deployHook: { script: '/opt/hook.sh', via: 'docker' },
    });
  });

  it('chooses models by size only where the project says so; wrong names and sizes are told', () => {
    const bySize = { small: { developer: 'sonnet', tester: 'gpt' } };
    const { projects, notices } = load(registryOf(project({ models_by_complexity: bySize })));
    expect(projects[0]?.modelsByComplexity).toEqual({ small: { developer: 'sonnet' } });
    expect(notices).toEqual([
      'ORCH_PROJECTS_JSON[0].models_by_complexity.small.tester: "gpt" is not a model name; it is skipped.',
    ]);
    expect(() => load(registryOf(project({ models_by_complexity: { tiny: {} } })))).toThrow(/"tiny"/);
  });

  it.each(['../secrets', '/etc/passwd', 'docs/../../x', 'a b'])('refuses %s as knowledge file', (file) => {
    expect(() => load(registryOf(project({ knowledge_file: file })))).toThrow(/knowledge_file/);
  });

  it('skips a model name that is not valid and says so (AGENT-17)', () => {
    const models = { analyst: 'gpt', tester: 'opus' };
    const { projects, notices } = load(registryOf(project({ agent_models: models })));
    expect(projects[0]?.agentModels).toEqual({ tester: 'opus' });
    expect(notices).toEqual([
      'ORCH_PROJECTS_JSON[0].agent_models.analyst: "gpt" is not a model name; it is skipped.',
    ]);
  });
});

describe('a wrong registry stops the start (REG-4)', () => {
  it('says exactly what is wrong with a prefix', () => {
    expect(linesOf(project(), project({ repo: 'etl', prefix: 'et 1' }))).toEqual([
      'ORCH_PROJECTS_JSON[1].prefix: "et 1" does not match ^[A-Z][A-Z0-9]{1,9}$. ' +
        'Fix: 2 to 10 capital letters or digits, first a letter.',
    ]);
  });

  it.each([
    ['missing field', [{ repo: 'a' }], '[0].prefix: missing'],
    [
      'unknown field',
      [project({ stagin: 'none' })],
      '[0].stagin: "stagin" is not a known field; the nearest is "staging"',
    ],
    [
      'unknown nested field',
      [project({ post_deploy: { probs: [] } })],
      '[0].post_deploy.probs: "probs" is not a known field; the nearest is "probes"',
    ],
    ['wrong type', [project({ confirm_deploy: 'yes' })], '[0].confirm_deploy: "yes" is not a boolean'],
    ['wrong word', [project({ deploy: 'maybe' })], '[0].deploy: "maybe" is not allowed (hook, agent, none)'],
    [
      'two spellings',
      [project({ confirmDeploy: true, confirm_deploy: true })],
      '[0].confirm_deploy: is the same field as "confirmDeploy"',
    ],
    [
      'unknown role',
      [project({ agent_models: { testr: 'opus' } })],
      '[0].agent_models.testr: "testr" is not a known field; the nearest is "tester"',
    ],
    ['unknown status key', [project({ state_names: { in_reveiw: 'X' } })], 'the nearest is "in_review"'],
    ['repository name', [project({ repo: 'a..b' })], '[0].repo: "a..b"'],
    ['repository ending', [project({ repo: 'a.git' })], '[0].repo: "a.git"'],
    [
      'duplicate repo, other case',
      [project(), project({ repo: 'NOTES', prefix: 'NT' })],
      '[1].repo: "NOTES" is already used by ORCH_PROJECTS_JSON[0]',
    ],
    ['duplicate prefix', [project(), project({ repo: 'b' })], '[1].prefix: "NOTE" is already used by'],
    ['plane without id', [project({ tracker: 'plane' })], '[0].plane_project_id: missing'],
    ['id that is no UUID', [project({ plane_project_id: '12' })], '[0].plane_project_id: "12" is not a UUID'],
    [
      'forge CI on the local forge',
      [project({ ci: 'required' })],
      '[0].ci: "forge" is not possible on the local forge',
    ],
    [
      'PR review on the local forge',
      [project({ require_pr_review: true })],
      '[0].require_pr_review: true is not possible',
    ],
    ['hook without script', [project({ deploy: 'hook' })], '[0].deploy_hook.script: missing'],
    ['staging without URL', [project({ staging: { mode: 'hook' } })], '[0].staging.base_url: missing'],
    ['health without URL', [project({ health: {} })], '[0].health.url: missing'],
    ['empty checks', [project({ checks: ' ' })], '[0].checks'],
    ['an element that is no object', ['notes'], '[0]: "notes" is not an object'],
  ])('%s', (_, projects, expected) => {
    const lines = linesOf(...projects);
    expect(lines.join('\n')).toContain(expected);
    for (const line of lines) expect(line).toMatch(/^ORCH_.+: .+\. Fix: .+\.$/);
  });

  it.each([
    ['not JSON', '[{]'],
    ['not an array', '{"repo":"a"}'],
    ['a number', '7'],
  ])('refuses text that is %s', (_, text) => {
    expect(problemsOf({ ORCH_PROJECTS_JSON: text }).map(({ key }) => key)).toEqual(['ORCH_PROJECTS_JSON']);
  });

  it('inc-106 reports the problems of all entries and of the settings together (SET-3)', () => {
    const env = {
      ...registryOf(project({ deploy: 'x' }), project({ repo: 'b', prefix: 'b', nam: 'B' })),
      ORCH_HTTP_PORT: 'x',
      ORCH_MERGE_GATE_REPOS: 'notes,b,c',
    };
    expect(problemsOf(env).map(({ key }) => key)).toEqual([
      'ORCH_HTTP_PORT',
      'ORCH_PROJECTS_JSON[0].deploy',
      'ORCH_PROJECTS_JSON[1].prefix',
      'ORCH_PROJECTS_JSON[1].nam',
      'ORCH_MERGE_GATE_REPOS',
    ]);
  });
});

describe('where the registry comes from (REG-1)', () => {
  it('reads projects.json of the data directory when it exists, named by its path in complaints', () => {
    const path = '/home/me/.orchestrator/projects.json';
    expect(load({}, { files: { [path]: JSON.stringify([project()]) } }).projects).toHaveLength(1);
    expect(problemsOf({}, { files: { [path]: '[{}]' } })[0]?.key).toBe(`${path}[0].repo`);
  });

  it('refuses a stated file that does not exist', () => {
    expect(problemsOf({ ORCH_PROJECTS_FILE: 'p.json' })).toEqual([
      expect.objectContaining({ key: 'ORCH_PROJECTS_FILE', problem: '"/work/p.json" does not exist' }),
    ]);
  });
});

describe('look-ups (REG-5) and scopes (SET-5)', () => {
  const id = '6F9619FF-8B86-4011-B42D-00C04FC964FF';
  const env = {
    ...registryOf(project({ plane_project_id: id }), project({ repo: 'Shop', prefix: 'SH' })),
    ORCH_PLANE_API_URL: 'https://plane.example',
    ORCH_PLANE_API_TOKEN: 'token',
    ORCH_PLANE_WORKSPACE_SLUG: 'acme',
    ORCH_MERGE_GATE_REPOS: 'SHOP',
  };

  it('finds a project by repository, prefix and Plane id in any case', () => {
    const registry = createRegistry(load(env).projects);
    expect(registry.byRepo('shop')?.prefix).toBe('SH');
    expect(registry.byPrefix('note')?.repo).toBe('notes');
    expect(registry.byPlaneId(id.toLowerCase())?.repo).toBe('notes');
    expect([...registry.planeIds]).toEqual([id.toLowerCase()]);
    expect(registry.byRepo('undefined')).toBeUndefined();
  });

  it('applies a scope to the listed repositories only, unset or * to all', () => {
    const { scopes } = load(env).config;
    expect(inScope(scopes.mergeGateRepos, 'Shop')).toBe(true);
    expect(inScope(scopes.mergeGateRepos, 'notes')).toBe(false);
    expect(inScope(scopes.securityGateRepos, 'notes')).toBe(true);
    expect(load({ ORCH_MERGE_GATE_REPOS: '*' }).config.scopes.mergeGateRepos).toBe('*');
  });
});
