import { execFileSync, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { World } from '../../src/cli/demo/world.ts';
import { type DemoState, demoState } from './demo-state.ts';
import { createPlaneWorld, type PlaneWorld } from './plane/world.ts';
import { testRedisBinary } from './redis.ts';
import { until } from './until.ts';
import { testWorld } from './world.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const HOOK = path.join(ROOT, 'test', 'fixtures', 'self', 'hook.sh');
const AGENTS = path.join('test', 'fixtures', 'delivery', 'agents');
const PRODUCTION = 'orchestrator';
const STAGING = 'orchestrator-staging';
const PLANE_SECRET = 'plane-secret-of-the-test';

/** One instance of the product as a process of its own, run from a release directory. */
export interface Instance {
  base: string;
  /** Kills it as the kernel would and waits for its end; what it started lives on. */
  kill(): Promise<void>;
  /** Starts the current release unless it runs, as systemd would. */
  revive(): void;
  pid(): number;
  ask(method: 'GET' | 'POST', to: string, body?: unknown): Promise<{ status: number; body: unknown }>;
}

/**
 * The product deploying itself: a production instance whose project is its own repository (played by the sample), a
 * staging instance with a sandbox project in Plane, and a hook that replaces their processes.
 */
export interface SelfHosting {
  production: Instance;
  staging: { base: string; tokenFile: string; state: DemoState; branches(): string[] };
  plane: PlaneWorld;
  state: DemoState;
  deployDir: string;
  /** `<service> --deploy <sha>` of every hook call. */
  hookCalls(): string[];
  /** What differs between a release that has run and what was installed, and what else there is in the homes. */
  traces(): string[];
  /** Replaces entries of the project; they count after `/reload` or a restart. */
  project(entries: Record<string, unknown>): void;
  close(): Promise<void>;
}

export async function startSelfHosting(dir: string): Promise<SelfHosting> {
  const home = path.join(dir, 'self');
  makeTemplate(path.join(home, 'template'));
  mkdirSync(path.join(home, 'releases'));
  const ssh = loopbackSsh(dir);
  const places = { production: path.join(dir, 'production'), staging: path.join(dir, 'staging') };
  const world = await testWorld(places.production);
  const box = await testWorld(places.staging);
  const plane = await createPlaneWorld({});
  const tokens = { production: randomUUID(), staging: randomUUID() };
  const tokenFile = path.join(dir, 'staging-token');
  writeFileSync(tokenFile, `${tokens.staging}\n`, { mode: 0o600 });
  const common = { ORCH_REDIS_SERVER_BIN: await testRedisBinary(), ORCH_LOG_FORMAT: 'json' };

  writeService(home, STAGING, {
    ...box.settings,
    ...common,
    ORCH_STAGING: 'true',
    ORCH_STAGING_FORBIDDEN_PROJECTS: randomUUID(),
    ORCH_ADMIN_TOKEN: tokens.staging,
    ORCH_PLANE_API_URL: plane.plane.url,
    ORCH_PLANE_WORKSPACE_SLUG: 'acme',
    ORCH_PLANE_API_TOKEN: plane.shared.token,
    ORCH_PLANE_WEBHOOK_SECRET: PLANE_SECRET,
    ORCH_TRACKER_RATE_PER_MIN: '100000',
    ORCH_PROJECTS_JSON: JSON.stringify([sandboxOf(box, plane.board.id)]),
  });
  const projectsFile = path.join(places.production, 'projects.json');
  const { ORCH_PROJECTS_JSON: own = '[]', ...settings } = world.settings;
  writeService(home, PRODUCTION, {
    ...settings,
    ...common,
    PATH: `${ssh}:${process.env.PATH}`,
    ORCH_PROJECTS_FILE: projectsFile,
    ORCH_ADMIN_TOKEN: tokens.production,
    ORCH_SELF_REPO: 'shop',
    ORCH_DEPLOY_SSH_HOST: 'deploy-host.example',
    ORCH_POST_DEPLOY_WINDOW_S: '3',
    ORCH_RECONCILE_INTERVAL_S: '2',
    // Every deploy ends the process: what it had in hand is noticed after this long.
    ORCH_JOB_LOCK_MS: '3000',
    ORCH_REDIS_RECOVERY_GRACE_S: '1',
    ORCH_REAPER_INTERVAL_S: '1',
    ORCH_WORKER_LOST_S: '6',
    ORCH_WORKER_CAPACITY: '4',
    ORCH_MAX_CONCURRENCY: '4',
  });
  let entry: Record<string, unknown> = {
    ...JSON.parse(own)[0],
    ...selfEntry({ home, world, box, tokenFile }),
  };
  const project = (entries: Record<string, unknown>) => {
    entry = { ...entry, ...entries };
    writeFileSync(projectsFile, JSON.stringify([entry]));
  };
  project({});
  const first = execFileSync('git', ['rev-parse', 'main'], {
    cwd: path.join(places.production, 'sample'),
    encoding: 'utf8',
  }).trim();
  const base = `http://127.0.0.1:${world.ports.http}`;
  const production = instance({ home, service: PRODUCTION, base, token: tokens.production });
  writeRelease(home, { service: PRODUCTION, sha: first });
  production.revive();
  await until(async () => (await production.ask('GET', '/ready').catch(() => null))?.status === 200, {
    what: `production starts: ${logOf(home, PRODUCTION)}`,
  });
  return {
    production,
    staging: {
      base: `http://127.0.0.1:${box.ports.http}`,
      tokenFile,
      state: demoState(places.staging),
      branches: () => branchesOf(path.join(places.staging, 'forge', 'sandbox.git')),
    },
    plane,
    state: demoState(places.production),
    deployDir: path.join(places.production, 'deploy'),
    hookCalls: () => linesOf(path.join(home, 'calls')),
    traces: () => [
      ...changedReleases(home),
      ...[PRODUCTION, STAGING].flatMap((name) => strayFiles(home, name)),
    ],
    project,
    async close() {
      await plane.close();
    },
  };
}

const branchesOf = (gitDir: string): string[] =>
  execFileSync('git', ['--git-dir', gitDir, 'branch', '--format=%(refname:short)'], { encoding: 'utf8' })
    .trim()
    .split('\n');

const linesOf = (file: string): string[] =>
  existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];

const logOf = (home: string, service: string): string =>
  linesOf(path.join(home, service, 'log'))
    .slice(-20)
    .join('\n');

/** What is installed, without what differs from release to release; the agents do what a task orders. */
function makeTemplate(to: string): void {
  for (const part of ['dist', 'scripts', 'agents', 'demo', 'package.json', AGENTS])
    cpSync(path.join(ROOT, part), path.join(to, part), { recursive: true });
  symlinkSync(path.join(ROOT, 'node_modules'), path.join(to, 'node_modules'));
  for (const role of readdirSync(path.join(ROOT, AGENTS)).filter((name) => name !== 'lib.mjs'))
    writeFileSync(path.join(to, 'demo', 'agents', role), `import '../../${AGENTS}/${role}';\n`);
}

function writeRelease(home: string, { service, sha }: { service: string; sha: string }): void {
  const release = path.join(home, 'releases', sha);
  cpSync(path.join(home, 'template'), release, { recursive: true, verbatimSymlinks: true });
  writeFileSync(path.join(release, 'COMMIT'), `${sha}\n`);
  writeFileSync(path.join(home, service, 'current'), `${release}\n`);
}

function changedReleases(home: string): string[] {
  return readdirSync(path.join(home, 'releases')).flatMap((sha) => {
    const pair = [path.join(home, 'template'), path.join(home, 'releases', sha)];
    const { stdout } = spawnSync('git', ['diff', '--no-index', '--name-only', ...pair], { encoding: 'utf8' });
    return stdout.split('\n').filter((name) => name !== '' && !name.endsWith('/COMMIT'));
  });
}

/** `start.sh` and the supervisor write these into the home of a service; nothing else may. */
const OWN_FILES = ['current', 'lock', 'log', 'pid', 'start.sh'];
const strayFiles = (home: string, service: string): string[] =>
  readdirSync(path.join(home, service)).filter((name) => !OWN_FILES.includes(name));

/** `start.sh` starts the current release in a session of its own and notes its pid. */
function writeService(home: string, service: string, settings: Readonly<Record<string, string>>): void {
  const dir = path.join(home, service);
  mkdirSync(dir, { recursive: true });
  const env = { PATH: process.env.PATH ?? '', HOME: dir, ORCH_ENV_FILE: '/dev/null', ...settings };
  const words = Object.entries(env).map(([key, value]) => `${key}='${value.replaceAll("'", `'\\''`)}'`);
  const node = `'${process.execPath}' "$(cat '${dir}/current')/dist/main.js" start`;
  const script = `#!/bin/sh
setsid env -i ${words.join(' ')} ${node} </dev/null >>'${dir}/log' 2>&1 9>&- &
echo $! >'${dir}/pid'
`;
  writeFileSync(path.join(dir, 'start.sh'), script, { mode: 0o755 });
}

/** An `ssh` whose far host is this one: a session of its own, outside our process group. */
function loopbackSsh(dir: string): string {
  const bin = path.join(dir, 'bin');
  mkdirSync(bin, { recursive: true });
  writeFileSync(path.join(bin, 'ssh'), '#!/bin/sh\nexec sh -s\n', { mode: 0o755 });
  return bin;
}

const health = (port: number) => ({ url: `http://127.0.0.1:${port}/health` });

function selfEntry(means: { home: string; world: World; box: World; tokenFile: string }) {
  const { home, world, box, tokenFile } = means;
  return {
    checks: { command: 'node --test', timeout_s: 120 },
    service: PRODUCTION,
    staging: {
      mode: 'hook',
      base_url: `http://127.0.0.1:${box.ports.http}`,
      check: 'builtin',
      token_file: tokenFile,
    },
    health: health(world.ports.http),
    deploy_hook: { script: HOOK, via: 'auto', env: { SELF_HOME: home } },
    // Never obeyed for this service itself (SHIP-157).
    post_deploy: { action: 'ROLLBACK' },
  };
}

function sandboxOf(world: World, planeProjectId: string) {
  const [entry] = JSON.parse(world.settings.ORCH_PROJECTS_JSON ?? '[{}]');
  const { deploy_hook: _, post_deploy: _watch, health: _health, ...rest } = entry;
  return {
    ...rest,
    repo: 'sandbox',
    prefix: 'SHOP',
    tracker: 'plane',
    plane_project_id: planeProjectId,
    checks: 'none',
    ci: 'none',
    staging: 'none',
    deploy: 'none',
  };
}

interface InstanceMeans {
  home: string;
  service: string;
  base: string;
  token: string;
}

function instance({ home, service, base, token }: InstanceMeans): Instance {
  const dir = path.join(home, service);
  const pid = () => Number(readFileSync(path.join(dir, 'pid'), 'utf8'));
  return {
    base,
    pid,
    async kill() {
      const victim = pid();
      try {
        process.kill(victim, 'SIGKILL');
      } catch {
        // The hook was faster.
      }
      await until(() => !existsSync(`/proc/${victim}/exe`), {
        what: `process ${victim} is gone`,
        everyMs: 2,
      });
    },
    revive() {
      const script = `exec 9>>lock; flock 9; [ -e "/proc/$(cat pid 2>/dev/null)/exe" ] || ./start.sh`;
      const { status, stderr } = spawnSync('sh', ['-c', script], { cwd: dir, encoding: 'utf8' });
      if (status !== 0) throw new Error(stderr);
    },
    async ask(method, to, body) {
      const answer = await fetch(base + to, {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          'content-type': 'application/json',
          'idempotency-key': randomUUID(),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      return { status: answer.status, body: await answer.json() };
    },
  };
}
