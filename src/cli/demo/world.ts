import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { cp, rename, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { AppError } from '../../errors.ts';
import { runProcess } from '../../subprocess.ts';

/** Directory of the installed product: `demo/`, `scripts/`, `agents/`. */
const PRODUCT = fileURLToPath(new URL('../../..', import.meta.url));
const SAMPLE = path.join(PRODUCT, 'demo', 'project');
const GIT_DEADLINE_MS = 30_000;

/** What the demo runs on; kept in its data directory, so that a second run goes on where the first stopped. */
export interface World {
  dataDir: string;
  releasesDir: string;
  ports: { http: number; chat: number; staging: number; production: number };
  /** Settings of this demo, as environment variables. */
  settings: Readonly<Record<string, string>>;
}

type Ports = World['ports'];

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string')
    throw new AppError('no-port', 'No free port was found on loopback.', { fault: 'environment' });
  return address.port;
}

async function portsOf(dataDir: string): Promise<Ports> {
  const file = path.join(dataDir, 'demo.json');
  if (existsSync(file)) return (JSON.parse(readFileSync(file, 'utf8')) as { ports: Ports }).ports;
  const ports = {
    http: await freePort(),
    chat: await freePort(),
    staging: await freePort(),
    production: await freePort(),
  };
  writeFileSync(`${file}.new`, `${JSON.stringify({ ports }, null, 2)}\n`);
  renameSync(`${file}.new`, file);
  return ports;
}

async function git(
  cwd: string,
  env: Readonly<Record<string, string | undefined>>,
  args: readonly string[],
): Promise<void> {
  const identity = {
    GIT_AUTHOR_NAME: 'Corner Shop',
    GIT_AUTHOR_EMAIL: 'shop@localhost',
    GIT_COMMITTER_NAME: 'Corner Shop',
    GIT_COMMITTER_EMAIL: 'shop@localhost',
  };
  const ended = await runProcess({
    argv: ['git', ...args],
    cwd,
    env: {
      PATH: env.PATH ?? '',
      HOME: cwd,
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
      ...identity,
    },
    deadlineMs: GIT_DEADLINE_MS,
    killGraceMs: 2000,
    maxOutputBytes: 8192,
  });
  if (ended.exitCode === 0) return;
  throw new AppError(
    'demo-repository',
    `The sample project could not be made a git repository: git ${args[0]} said: ${ended.stderrTail.trim()}`,
    { fault: 'environment' },
  );
}

/** The bundled sample project as a git repository of its own; made once, complete or absent. */
async function sampleRepository(dataDir: string, env: World['settings']): Promise<string> {
  const dir = path.join(dataDir, 'sample');
  if (existsSync(path.join(dir, '.git', 'HEAD'))) return dir;
  const fresh = `${dir}.new`;
  await rm(fresh, { recursive: true, force: true });
  await cp(SAMPLE, fresh, { recursive: true });
  await git(fresh, env, ['init', '--quiet', '--initial-branch=main']);
  await git(fresh, env, ['add', '--all']);
  await git(fresh, env, ['commit', '--quiet', '--message', 'A corner shop']);
  await rename(fresh, dir);
  return dir;
}

const health = (port: number) => ({
  url: `http://127.0.0.1:${port}/health`,
  ok_field: 'status',
  ok_value: 'ok',
  sha_field: 'commit',
});

function registry({
  dataDir,
  ports,
  releasesDir,
  source,
}: Pick<World, 'dataDir' | 'ports' | 'releasesDir'> & { source: string }) {
  return [
    {
      repo: 'shop',
      prefix: 'SHOP',
      name: 'Corner shop',
      tracker: 'local',
      forge: 'local',
      source,
      checks: { command: 'npm test', timeout_s: 120 },
      staging: {
        mode: 'hook',
        base_url: `http://127.0.0.1:${ports.staging}`,
        check: 'npm run --silent staging:check',
        health: health(ports.staging),
      },
      deploy: 'hook',
      deploy_hook: {
        script: path.join(SAMPLE, 'ops', 'deploy.sh'),
        via: 'setsid',
        env: { REPO: path.join(dataDir, 'forge', 'shop.git'), RELEASES_DIR: releasesDir },
      },
      service: 'shop',
      health: health(ports.production),
      post_deploy: { action: 'ROLLBACK' },
      image: 'none',
      dependency_audit: 'none',
    },
  ];
}

/** Throws AppError `data-dir` where no directory can be made. */
function makeDataDir(dataDir: string): void {
  try {
    mkdirSync(dataDir, { recursive: true });
    accessSync(dataDir, constants.W_OK | constants.X_OK);
  } catch (cause) {
    const { code = 'unknown error' } = cause as NodeJS.ErrnoException;
    if (code === 'ENOSPC') throw cause;
    throw new AppError(
      'data-dir',
      `The data directory should be a directory this process can write; found ${code} at ${dataDir}.`,
      { fault: 'environment', hint: 'Choose another --data-dir.', cause },
    );
  }
}

/** Prepares everything a demo needs below its data directory; repeatable. */
export async function prepareWorld(
  dataDir: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<World> {
  makeDataDir(dataDir);
  const ports = await portsOf(dataDir);
  const releasesDir = path.join(dataDir, 'releases');
  const source = await sampleRepository(dataDir, { PATH: env.PATH ?? '' });
  const settings = {
    ORCH_DATA_DIR: dataDir,
    ORCH_PROJECTS_JSON: JSON.stringify(registry({ dataDir, ports, releasesDir, source })),
    ORCH_AGENT_RUNNER: 'scripted',
    ORCH_HTTP_PORT: String(ports.http),
    ORCH_LOCAL_CHAT_PORT: String(ports.chat),
    ORCH_WORKER_CAPACITY: '2',
    ORCH_MAX_CONCURRENCY: '2',
    ORCH_AGENT_STARTS_PER_MIN: '600',
    ORCH_QUEUE_POLL_INTERVAL: '0.5',
    ORCH_CARD_ACTIVITY_INTERVAL_S: '1',
    ORCH_PROGRESS_INTERVAL_MS: '500',
    ORCH_DEPLOY_FINALIZE_INTERVAL_S: '1',
    ORCH_POST_DEPLOY_INTERVAL_S: '1',
    ORCH_POST_DEPLOY_WINDOW_S: '12',
    ORCH_POST_DEPLOY_FAIL_THRESHOLD: '2',
    ORCH_RECONCILE_INTERVAL_S: '10',
    ORCH_MIN_FREE_DISK_MB: '64',
  };
  return { dataDir, releasesDir, ports, settings };
}

/** Starts again what `stopServices` ended: a kept demo goes on with the releases that were live. Never throws. */
export async function startServices({ releasesDir, ports }: World, env: Environment): Promise<void> {
  await ops('start.sh', { releasesDir, env }, [`shop=${ports.production}`, `shop-staging=${ports.staging}`]);
}

/** Ends the sample project's staging and production processes. Never throws. */
export async function stopServices({ releasesDir }: World, env: Environment): Promise<void> {
  await ops('stop.sh', { releasesDir, env });
}

type Environment = Readonly<Record<string, string | undefined>>;

async function ops(
  script: string,
  { releasesDir, env }: { releasesDir: string; env: Environment },
  args: readonly string[] = [],
): Promise<void> {
  await runProcess({
    argv: ['sh', path.join(SAMPLE, 'ops', script), ...args],
    cwd: PRODUCT,
    env: { PATH: env.PATH ?? '', RELEASES_DIR: releasesDir },
    deadlineMs: 10_000,
    killGraceMs: 2000,
    maxOutputBytes: 4096,
  }).catch(() => undefined);
}
