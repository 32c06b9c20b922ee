import { describe, expect, it } from 'vitest';
import { describeSettings } from '../../src/config/describe.ts';
import { ConfigError, problemLine } from '../../src/config/problems.ts';
import { listDefinitions } from '../../src/config/schema.ts';
import { load, problemsOf } from './load-settings.ts';

const definitions = listDefinitions();

describe('defaults', () => {
  it('runs with an empty environment and complains of nothing (SET-11)', () => {
    const { config, projects, notices } = load();
    expect(notices).toEqual([]);
    expect(projects).toEqual([]);
    expect(config.server.dataDir).toBe('/home/me/.orchestrator');
    expect(config.server.runsDir).toBe('/home/me/.orchestrator/runs');
    expect(config.forge.hostReposDir).toBe('/home/me/.orchestrator/repos');
    expect(config.redis.url).toBeUndefined();
    expect(config.redis.workerName).toBe('box');
    expect(config.agents.claudeBin).toBe('claude');
    expect(config.scopes.mergeGateRepos).toBe('*');
  });

  it('inc-22 treats every key set to the empty string or to blanks as unset (SET-1)', () => {
    for (const text of ['', '  ']) {
      const env = Object.fromEntries(definitions.map(({ key }) => [key, text]));
      expect(load(env)).toEqual(load());
    }
  });

  it('follows the database with the runs directory and another key where the default says so', () => {
    const { config } = load({ ORCH_DB_PATH: '/var/lib/o.db', ORCH_PLANE_API_URL: 'https://plane.example/' });
    expect(config.server.runsDir).toBe('/var/lib/runs');
    expect(config.tracker.planeWebUrl).toBe('https://plane.example');
    expect(config.forge.giteaPublicUrl).toBeUndefined();
  });

  it('gives a frozen value (SET-8)', () => {
    const { config } = load();
    expect(Object.isFrozen(config.agents.model)).toBe(true);
    expect(() => Object.assign(config.redis, { prefix: 'x' })).toThrow(TypeError);
  });
});

describe('types (SET-4)', () => {
  it.each([
    ['ORCH_STAGING', 'YES', true],
    ['ORCH_STAGING', 'On', true],
    ['ORCH_STAGING', '0', false],
    ['ORCH_HTTP_PORT', '8501', 8501],
    ['ORCH_QUEUE_POLL_INTERVAL', '.5', 0.5],
    ['ORCH_BUDGET_DAY_USD', 'OFF', null],
    ['ORCH_BUDGET_DAY_USD', '12.50', 12.5],
    ['ORCH_DIGEST_TIME', 'off', null],
    ['ORCH_QUIET_HOURS', '22:00-07:30', '22:00-07:30'],
    ['ORCH_PUBLIC_URL', 'https://o.example///', 'https://o.example'],
    ['ORCH_REPOS_DIR', '~/repos', '/home/me/repos'],
    ['ORCH_REPOS_DIR', 'repos', '/work/repos'],
    ['ORCH_CLAUDE_BIN', 'claude-next', 'claude-next'],
    ['ORCH_CLAUDE_BIN', './claude', '/work/claude'],
    ['ORCH_AGENT_ENV_PASSTHROUGH', ' A , ,B', ['A', 'B']],
    ['ORCH_MERGE_STYLE', 'Fast-Forward-Only', 'fast-forward-only'],
    ['ORCH_TELEGRAM_CHAT_ID', '-100123', -100123],
    [
      'ORCH_TELEGRAM_ALLOWED_USERS',
      '7:Owner, 8:viewer',
      [
        { id: 7, role: 'owner' },
        { id: 8, role: 'viewer' },
      ],
    ],
    ['ORCH_AGENT_TIMEOUT_OVERRIDES_JSON', '{"developer":3600}', { developer: 3600 }],
    ['ORCH_TZ', 'Europe/Berlin', 'Europe/Berlin'],
    ['ORCH_AGENT_MODEL_TESTER', 'eu/claude-sonnet-4.5', 'eu/claude-sonnet-4.5'],
  ])('%s accepts %s', (key, text, value) => {
    const found = definitions.find((definition) => definition.key === key);
    const { config } = load({ [key]: text });
    const read = found?.path.reduce<unknown>(
      (place, part) => (place as Record<string, unknown>)[part],
      config,
    );
    expect(read).toEqual(value);
  });

  it.each([
    ['ORCH_HTTP_PORT', '0'],
    ['ORCH_HTTP_PORT', '65536'],
    ['ORCH_HTTP_PORT', '1e3'],
    ['ORCH_LOG_KEEP_DAYS', '0'],
    ['ORCH_DELIVERY_KEEP_DAYS', '6'],
    ['ORCH_GIT_TIMEOUT_S', '-1'],
    ['ORCH_RETEST_MIN_RATIO', '1.1'],
    ['ORCH_PUBLIC_URL', 'ftp://x'],
    ['ORCH_PUBLIC_URL', 'example.org'],
    ['ORCH_QUIET_HOURS', '24:00-07:00'],
    ['ORCH_DIGEST_TIME', '9:00'],
    ['ORCH_TZ', 'Mars/Olympus'],
    ['ORCH_TELEGRAM_ALLOWED_USERS', '7:admin'],
    ['ORCH_WORKER_ROLES', 'agents,cooks'],
    ['ORCH_AGENT_TIMEOUT_OVERRIDES_JSON', '{"cook":1}'],
    ['ORCH_RECONCILE_GRACE_OVERRIDES_JSON', '{"analysis":"1"}'],
    ['ORCH_REDIS_URL', 'localhost:6379'],
  ])('%s refuses %s', (key, text) => {
    expect(problemsOf({ [key]: text }).map((problem) => problem.key)).toEqual([key]);
  });

  it('reports every wrong value in one run, one line each, with key, value and fix (SET-3)', () => {
    const typed = definitions.filter(
      ({ setting }) => !['string', 'path', 'csv', 'repos', 'secret'].includes(setting.kind),
    );
    const env = Object.fromEntries(typed.map(({ key }) => [key, 'purple']));
    const problems = problemsOf(env);
    expect(problems.map(({ key }) => key).sort()).toEqual(typed.map(({ key }) => key).sort());
    for (const problem of problems) {
      expect(problemLine(problem)).toMatch(/^ORCH_[A-Z0-9_]+: "purple" .+\. Fix: .+\.$/);
    }
  });

  it('says exactly why squash is refused (SET-3, SET-20.6)', () => {
    expect(problemsOf({ ORCH_MERGE_STYLE: 'squash' }).map(problemLine)).toEqual([
      'ORCH_MERGE_STYLE: "squash" is not allowed (auto, merge, fast-forward-only). ' +
        'Fix: remove it or use auto; squash would hide the tested commit.',
    ]);
  });

  it('throws one error that carries all lines and no stack for people', () => {
    const attempt = () => load({ ORCH_HTTP_PORT: 'x', ORCH_LANG: 'de' });
    expect(attempt).toThrow(ConfigError);
    expect(attempt).toThrow(/^ORCH_HTTP_PORT: .*\nORCH_LANG: .*$/);
  });
});

describe('sources (SET-2, SET-10)', () => {
  it('prefers --data-dir, then the environment, then the env file, then the default', () => {
    const files = { '/work/.env': 'ORCH_DATA_DIR=/file\nORCH_LANG=ru\nORCH_TZ=Asia/Tokyo\n' };
    const fromFile = load({}, { files });
    expect(fromFile.config.server.dataDir).toBe('/file');
    const all = load({ ORCH_DATA_DIR: '/env', ORCH_LANG: 'en' }, { files, dataDir: 'arg' });
    expect(all.config.server.dataDir).toBe('/work/arg');
    expect(all.config.i18n).toEqual({ lang: 'en', tz: 'Asia/Tokyo' });
    const keys = ['ORCH_DATA_DIR', 'ORCH_LANG', 'ORCH_TZ', 'ORCH_HTTP_PORT'];
    expect(keys.map((key) => all.sources.get(key))).toEqual(['argument', 'environment', 'file', 'default']);
  });

  it('reads exactly one env file: the named one, else .env here, else .env in the data directory', () => {
    const files = {
      '/etc/o.env': 'ORCH_TZ=Asia/Tokyo',
      '/work/.env': 'ORCH_TZ=Asia/Seoul',
      '/home/me/.orchestrator/.env': 'ORCH_TZ=Asia/Dubai',
    };
    const { '/work/.env': _, ...withoutHere } = files;
    expect(load({ ORCH_ENV_FILE: '/etc/o.env' }, { files }).config.i18n.tz).toBe('Asia/Tokyo');
    expect(load({}, { files }).config.i18n.tz).toBe('Asia/Seoul');
    expect(load({}, { files: withoutHere }).config.i18n.tz).toBe('Asia/Dubai');
    expect(problemsOf({ ORCH_ENV_FILE: '/nowhere' })[0]?.key).toBe('ORCH_ENV_FILE');
  });

  it('describes every setting with value and source, secrets only as set or unset (SET-10)', () => {
    const loaded = load({ ORCH_ADMIN_TOKEN: 'hunter2-hunter2', ORCH_BUDGET_DAY_USD: 'off' });
    const lines = describeSettings(loaded);
    expect(lines).toHaveLength(definitions.length);
    expect(lines.find(({ key }) => key === 'ORCH_ADMIN_TOKEN')).toMatchObject({
      value: 'set',
      source: 'environment',
    });
    expect(lines.find(({ key }) => key === 'ORCH_GITEA_TOKEN')?.value).toBe('unset');
    expect(lines.find(({ key }) => key === 'ORCH_BUDGET_DAY_USD')?.value).toBe('off');
    expect(JSON.stringify(lines)).not.toContain('hunter2');
  });
});
