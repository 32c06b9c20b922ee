import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type App, type AppOptions, startApp } from '../../src/app.ts';
import { loadConfig } from '../../src/config/load.ts';
import { createProbes } from '../../src/config/probes.ts';
import { createLogger } from '../../src/log.ts';
import { createShutdown } from '../../src/shutdown.ts';
import { freePort } from './free-port.ts';
import { redisBinary } from './redis.ts';

export interface SystemOptions extends Pick<AppOptions, 'scriptedDir'> {
  /** Jobs carried out otherwise; they may ask for the application once it runs. */
  standIns?: (app: () => App) => NonNullable<AppOptions['standIns']>;
  /** Over the settings below. */
  settings?: Readonly<Record<string, string>>;
  /** Over the registry entry below. */
  project?: Readonly<Record<string, unknown>>;
  /** Kept when given; else one is made and removed. */
  dataDir?: string;
}

/** The control process of the product, started through its composition root, in this process. */
export interface System {
  app: App;
  dataDir: string;
  stop(): Promise<void>;
}

const HEALTH = { url: 'http://127.0.0.1:9/health', ok_field: 'status', ok_value: 'ok', sha_field: 'commit' };

/** One repository that needs no network; its steps do nothing where `standIns` replace them. */
const PROJECT = {
  repo: 'shop',
  prefix: 'SHOP',
  name: 'Shop',
  tracker: 'local',
  forge: 'local',
  source: '/nonexistent/shop.git',
  checks: { command: 'true', timeout_s: 60 },
  staging: { mode: 'hook', base_url: 'http://127.0.0.1:9', check: 'true', health: HEALTH },
  deploy: 'hook',
  deploy_hook: { script: '/bin/true', via: 'setsid', env: {} },
  service: 'shop',
  health: HEALTH,
  image: 'none',
  dependency_audit: 'none',
};

export const SETTINGS = {
  ORCH_AGENT_RUNNER: 'scripted',
  ORCH_ENV_FILE: '/dev/null',
  ORCH_MIN_FREE_DISK_MB: '0',
  ORCH_ADMIN_TOKEN: 'admin-token-of-the-bench',
};

/** The registry of the bench, as a setting. */
export const projectsJson = (change: SystemOptions['project'] = {}): string =>
  JSON.stringify([{ ...PROJECT, ...change }]);

export async function startSystem(options: SystemOptions = {}): Promise<System> {
  const dataDir = options.dataDir ?? (await mkdtemp(path.join(tmpdir(), 'orch-bench-')));
  const env = {
    PATH: process.env.PATH ?? '',
    ...SETTINGS,
    ORCH_HTTP_PORT: String(await freePort()),
    ORCH_LOCAL_CHAT_PORT: String(await freePort()),
    ORCH_REDIS_SERVER_BIN: await redisBinary(),
    ORCH_PROJECTS_JSON: projectsJson(options.project),
    ...options.settings,
  };
  const log = createLogger({ level: process.env.BENCH_LOG ? 'info' : 'silent' });
  const shutdown = createShutdown({ log, graceMs: 15_000 });
  const places = { env, dataDir, cwd: dataDir, homeDir: dataDir, hostName: 'bench' };
  const loaded = loadConfig({ ...places, isTerminal: false, probes: createProbes(env) });
  const place = { env, home: dataDir, host: 'bench', version: '0.0.0', commit: null, log, now: Date.now };
  const { standIns, scriptedDir } = options;
  const running = (): App => app;
  const app: App = await startApp({
    place,
    loaded,
    shutdown,
    ...(standIns ? { standIns: standIns(running) } : {}),
    ...(scriptedDir ? { scriptedDir } : {}),
  });
  return {
    app,
    dataDir,
    async stop() {
      await shutdown.run('the measurement has ended');
      if (options.dataDir === undefined) await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
