import { execFile, execFileSync } from 'node:child_process';
import { existsSync, readFileSync, symlinkSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { poll } from './support/poll.ts';
import { useServices } from './support/service.ts';
import { useTempDirs } from './support/temp-dir.ts';

const HOOK = join(import.meta.dirname, '../../scripts/deploy-hook.sh');
const DOCKER = join(import.meta.dirname, '../fixtures/delivery/docker');
const OLD = '1111111111111111111111111111111111111111';
const NEW = '2222222222222222222222222222222222222222';
const makeDir = useTempDirs();
const startService = useServices();

/** A deploy host with a played docker; images and what their health says are files. */
async function playHost(images: Record<string, unknown>, { running }: { running?: string } = {}) {
  const dir = await makeDir();
  const repo = join(dir, 'repo');
  for (const sub of ['bin', 'tags', 'images', 'repo']) await mkdir(join(dir, sub));
  symlinkSync(DOCKER, join(dir, 'bin/docker'));
  for (const [id, health] of Object.entries(images))
    await writeFile(join(dir, 'images', id), typeof health === 'string' ? health : JSON.stringify(health));
  if (running) await writeFile(join(dir, 'running'), `${running}\n`);

  const service = await startService('');
  Object.defineProperty(service, 'answer', {
    get: () => {
      const file = join(dir, 'health.json');
      return { status: 200, body: existsSync(file) ? readFileSync(file, 'utf8') : '{}' };
    },
  });
  const env: Record<string, string> = {
    PATH: `${join(dir, 'bin')}:${process.env.PATH}`,
    PLAY: dir,
    REPO: repo,
    LOG: join(dir, 'hook.log'),
    HEALTH_URL: service.health.url,
    HEALTH_TRIES: '1',
    HEALTH_WAIT_S: '0.05',
    ROLLBACK_TRIES: '1',
    ROLLBACK_WAIT_S: '0.05',
  };
  const run = (args: string[], more: Record<string, string> = {}) =>
    new Promise<{ code: number; output: string; last: string }>((resolve) => {
      execFile(HOOK, args, { env: { ...env, ...more } }, (error, stdout, stderr) => {
        const last =
          stdout
            .trimEnd()
            .split('\n')
            .at(-1)
            ?.replace(/^\[.*?\] /, '') ?? '';
        resolve({ code: error ? Number(error.code) : 0, output: stdout + stderr, last });
      });
    });
  const read = (name: string) => readFile(join(dir, name), 'utf8').catch(() => '');
  return {
    dir,
    repo,
    env,
    run,
    read,
    failOn: (pattern: string) => writeFile(join(dir, 'fail'), `${pattern}\n`),
  };
}

const good = (commit: string) => ({ status: 'ok', commit });
const bad = { status: 'sick' };
const image = { DEPLOY_IMAGE: 'new', DEPLOY_SHA: NEW, DEPLOY_ID: 'd1' };

describe('--deploy ends with the frozen exit codes (SHIP-111)', () => {
  it('0: the image is tagged, started without a build, and healthy', async () => {
    const host = await playHost({ old: good(OLD), new: good(NEW) }, { running: 'old' });
    expect(await host.run(['--deploy'], image)).toMatchObject({ code: 0, last: 'Deploy SUCCESS' });
    expect(await host.read('running')).toBe('new\n');
    expect(await host.read('repo/.deploy-prev-image-staging')).toBe('old\n');
    expect(await host.read('calls')).not.toMatch(/ build /);
    expect(await host.read('calls')).toContain(
      'compose --profile staging up -d --no-build orchestrator-staging',
    );
  });

  it('1: unhealthy, rolled back to the image that ran before', async () => {
    const host = await playHost({ old: good(OLD), new: bad }, { running: 'old' });
    expect(await host.run([], image)).toMatchObject({ code: 1, last: 'Deploy FAILED, rolled back' });
    expect(await host.read('running')).toBe('old\n');
  });

  it('inc-68 1: unhealthy, and nothing was saved to go back to', async () => {
    const host = await playHost({ new: bad });
    await writeFile(join(host.repo, '.deploy-prev-image-staging'), 'older\n');
    expect(await host.run([], image)).toMatchObject({ code: 1, last: 'Deploy FAILED, rollback skipped' });
    expect(await host.read('repo/.deploy-prev-image-staging')).toBe('');
  });

  it('1: the saved image is gone, so the rollback is skipped', async () => {
    const host = await playHost({ new: bad }, { running: 'vanished' });
    expect(await host.run([], image)).toMatchObject({ code: 1, last: 'Deploy FAILED, rollback skipped' });
  });

  it('2: unhealthy, and the old one is not healthy either', async () => {
    const host = await playHost({ old: bad, new: bad }, { running: 'old' });
    expect(await host.run([], image)).toMatchObject({ code: 2, last: 'Deploy FAILED, rollback FAILED' });
  });

  it('2: compose cannot start anything any more', async () => {
    const host = await playHost({ old: good(OLD), new: good(NEW) }, { running: 'old' });
    await host.failOn(' up -d ');
    expect(await host.run([], image)).toMatchObject({ code: 2, last: 'Deploy FAILED, rollback FAILED' });
  });

  it.each(['tag new', ' build '])('1: docker refuses "%s"; the old release keeps running', async (call) => {
    const host = await playHost({ old: good(OLD), new: good(NEW) }, { running: 'old' });
    await host.failOn(call);
    const env = call === 'tag new' ? image : {};
    expect(await host.run([], env)).toMatchObject({ code: 1, last: 'Deploy FAILED, rolled back' });
    expect(await host.read('running')).toBe('old\n');
  });
});

describe('healthy is what the contract says (SHIP-114)', () => {
  it.each([
    ['compact', `{"status":"ok","commit":"${NEW}"}`, 0],
    ['spaced, short commit in capitals', `{ "commit" : "${NEW.slice(0, 7)}" ,\n "status" : "ok" }`, 0],
    ['commit not exposed', '{"status":"ok"}', 0],
    ['commit that is no commit', '{"status":"ok","commit":"dev"}', 0],
    ['the old commit behind a healthy page', `{"status":"ok","commit":"${OLD}"}`, 1],
    ['a dirty build', `{"status":"ok","commit":"${NEW.slice(0, 7)}-dirty"}`, 1],
    ['the value in another field', '{"note":"status","x":"ok","status":"sick"}', 1],
    ['no JSON', 'ok', 1],
  ])('%s', async (_, health, code) => {
    const withNode = await playHost({ new: health });
    expect((await withNode.run([], image)).code).toBe(code);
    const withoutNode = await playHost({ new: health });
    const PATH = `${join(withoutNode.dir, 'bin')}:${await pathWithout('node')}`;
    expect((await withoutNode.run([], { ...image, PATH })).code).toBe(code);
  });

  /** A directory with the programs the hook uses, and not this one. */
  async function pathWithout(missing: string): Promise<string> {
    const dir = await makeDir();
    const used = [
      'sh',
      'date',
      'dirname',
      'mkdir',
      'cat',
      'flock',
      'head',
      'tail',
      'tr',
      'sed',
      'sleep',
      'curl',
      'cp',
      'grep',
    ];
    for (const name of used.filter((program) => program !== missing)) {
      const found = execFileSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).trim();
      symlinkSync(found, join(dir, name));
    }
    return dir;
  }
});

describe('--rollback (SHIP-111, SHIP-115)', () => {
  it.each([
    ['the previous image runs and is healthy', { old: good(OLD) }, 'old', 0, 'Rollback SUCCESS'],
    ['nothing is recorded', { old: good(OLD) }, '', 1, 'Rollback skipped, there is no previous image'],
    ['the image is gone', {}, 'old', 1, 'Rollback skipped, there is no previous image'],
    ['it is not healthy', { old: bad }, 'old', 2, 'Rollback FAILED'],
  ])('%s', async (_, images, previous, code, last) => {
    const host = await playHost({ new: bad, ...images }, { running: 'new' });
    await writeFile(join(host.repo, '.deploy-prev-image-staging'), previous);
    expect(await host.run(['--rollback'])).toMatchObject({ code, last });
    if (code === 1) expect(await host.read('running')).toBe('new\n');
  });
});

it('an unknown argument exits 64 and asks docker nothing (SHIP-110)', async () => {
  const host = await playHost({});
  expect((await host.run(['--restart'])).code).toBe(64);
  expect(await host.read('calls')).toBe('');
});

it('production is reached only by what the engine sets (SHIP-112)', async () => {
  const host = await playHost({ new: good(NEW) });
  const production = {
    TARGET_SERVICE: 'orchestrator',
    TARGET_PORT: '8500',
    TARGET_IMAGE: 'orchestrator-orchestrator',
    COMPOSE_PROFILE: '',
    PREV_IMAGE_FILE: join(host.repo, '.deploy-prev-image-prod'),
  };
  const end = await host.run(['--deploy'], { ...image, ...production });
  expect(end.code).toBe(0);
  expect(await host.read('calls')).toContain('compose up -d --no-build orchestrator\n');
  const [first = ''] = (await host.read('hook.log')).split('\n');
  expect(first).toMatch(
    /^\[\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\] deploy start id=d1 sha=2{40} service=orchestrator port=8500$/,
  );
});

it('without an image it checks the commit out exactly and builds it (SHIP-113)', async () => {
  const host = await playHost({ built: { status: 'ok' } });
  const git = (...args: string[]) => execFileSync('git', args, { cwd: host.repo, encoding: 'utf8' }).trim();
  const as = ['-c', 'user.name=t', '-c', 'user.email=t@example.org'];
  git('init', '-q', '-b', 'main');
  git('remote', 'add', 'origin', host.repo);
  git(...as, 'commit', '-q', '--allow-empty', '-m', 'one');
  const wanted = git('rev-parse', 'HEAD');
  git(...as, 'commit', '-q', '--allow-empty', '-m', 'two');
  expect((await host.run([], { DEPLOY_SHA: wanted })).code).toBe(0);
  expect(git('rev-parse', 'HEAD')).toBe(wanted);
  expect(await host.read('calls')).toContain(`build --build-arg COMMIT_SHA=${wanted} orchestrator-staging`);
  expect((await host.run([], { DEPLOY_SHA: 'f'.repeat(40) })).code).toBe(1);
});

it('inc-76 a checkout on another branch with changes of somebody is left as it is, and the service too (SHIP-113)', async () => {
  const host = await playHost({ old: good(OLD), built: { status: 'ok' } }, { running: 'old' });
  const git = (...args: string[]) => execFileSync('git', args, { cwd: host.repo, encoding: 'utf8' }).trim();
  const as = ['-c', 'user.name=t', '-c', 'user.email=t@example.org'];
  git('init', '-q', '-b', 'main');
  git('remote', 'add', 'origin', host.repo);
  await writeFile(join(host.repo, 'compose.txt'), 'one\n');
  git('add', 'compose.txt');
  git(...as, 'commit', '-q', '-m', 'one');
  const wanted = git('rev-parse', 'HEAD');
  git('checkout', '-q', '-b', 'feature');
  await writeFile(join(host.repo, 'compose.txt'), 'two\n');
  git(...as, 'commit', '-q', '-am', 'two');
  await writeFile(join(host.repo, 'compose.txt'), 'somebody works here\n');
  const ended = await host.run([], { DEPLOY_SHA: wanted });
  expect(ended.code).toBe(1);
  expect(ended.last).toBe('Deploy FAILED, rolled back');
  expect(await host.read('repo/compose.txt')).toBe('somebody works here\n');
  expect(await host.read('calls')).not.toMatch(/ build /);
});

it('a second call while one runs exits 1 with busy and changes nothing (SHIP-118)', async () => {
  const host = await playHost({ new: bad });
  const first = host.run([], { ...image, HEALTH_TRIES: '20', HEALTH_WAIT_S: '0.1' });
  await poll(() => existsSync(join(host.dir, 'running')));
  const calls = await host.read('calls');
  expect(await host.run(['--rollback'], { DEPLOY_ID: 'd2' })).toMatchObject({
    code: 1,
    last: 'busy: orchestrator-staging is being deployed by d1',
  });
  expect(await host.read('calls')).toBe(calls);
  expect((await first).code).toBe(1);
});

it('states the release for the result file and keeps the log where it can (SHIP-117)', async () => {
  const host = await playHost({ new: good(NEW) });
  const statements = join(host.dir, 'statements');
  const end = await host.run([], { ...image, RESULT_FILE: statements, LOG: '/proc/nowhere/hook.log' });
  expect(end.code).toBe(0);
  expect(await readFile(statements, 'utf8')).toBe('release: new\n');
  expect(await host.read('repo/deploy-hook.log')).toContain('Deploy SUCCESS');
});
