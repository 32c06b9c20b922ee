import { type SpawnSyncReturns, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));
const MAIN = `import { readFileSync } from 'node:fs';
const words: string[] = process.argv.slice(2);
if (words.includes('fail')) process.exitCode = 7;
if (words.includes('wait')) {
  process.on('SIGTERM', () => process.exit(9));
  setInterval(() => {}, 1000);
}
process.stdout.write(readFileSync(new URL('./words/en.ftl', import.meta.url), 'utf8') + words.join(' '));
`;

let clone: string;
beforeEach(async () => {
  // A clone with a space in its path, the packages of this one, and a program of its own.
  clone = join(await mkdtemp(join(tmpdir(), 'orch-boot-')), 'my clone');
  await cp(join(REPOSITORY, 'scripts'), join(clone, 'scripts'), { recursive: true });
  for (const name of ['tsconfig.json', 'tsconfig.build.json', 'package.json']) {
    await cp(join(REPOSITORY, name), join(clone, name));
  }
  await write('package-lock.json', '{"packages":{}}');
  await symlink(join(REPOSITORY, 'node_modules'), join(clone, 'node_modules'));
  await write('src/main.ts', MAIN);
  await write('src/words/en.ftl', 'hello ');
});
afterEach(() => rm(dirname(clone), { recursive: true, force: true }));

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(clone, path)), { recursive: true });
  await writeFile(join(clone, path), text);
}

const bootstrap = (args: string[], env: NodeJS.ProcessEnv = process.env): SpawnSyncReturns<string> =>
  spawnSync(process.execPath, [join(clone, 'scripts/bootstrap.mjs'), ...args], {
    encoding: 'utf8',
    cwd: '/',
    env,
  });

describe('the way in of every npm script', () => {
  test('builds with everything that is not TypeScript, and hands arguments and exit code through', () => {
    expect(bootstrap(['run', 'demo', '--auto'])).toMatchObject({
      stdout: 'hello demo --auto',
      stderr: '',
      status: 0,
    });
    expect(bootstrap(['run', 'fail']).status).toBe(7);
  });

  test('builds again only when a source or an asset changed', async () => {
    bootstrap(['build']);
    const builtAt = async () => (await stat(join(clone, 'dist/main.js'))).mtimeMs;
    const first = await builtAt();
    bootstrap(['build']);
    expect(await builtAt()).toBe(first);
    await write('src/words/en.ftl', 'good evening ');
    expect(bootstrap(['run']).stdout).toBe('good evening ');
  });

  test('a source that was deleted is gone from dist too', async () => {
    await write('src/old.ts', 'export const old = 1;');
    bootstrap(['build']);
    await rm(join(clone, 'src/old.ts'));
    bootstrap(['build']);
    await expect(stat(join(clone, 'dist/old.js'))).rejects.toThrow('ENOENT');
  });

  test('a build that fails shows the compiler’s complaint, one line, and keeps the old dist', async () => {
    bootstrap(['build']);
    await write('src/main.ts', 'export const n: number = "no";');
    const { status, stderr } = bootstrap(['run']);
    expect(status).toBe(1);
    expect(stderr).toContain('src/main.ts(1,14)');
    expect(stderr).toMatch(/The build failed; .*\n$/);
    expect(await readFile(join(clone, 'dist/main.js'), 'utf8')).toContain('process.stdout.write');
  });

  test('a signal reaches the program', async () => {
    const args = [join(clone, 'scripts/bootstrap.mjs'), 'run', 'wait'];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    child.kill('SIGTERM');
    expect((await once(child, 'exit'))[0]).toBe(9);
  });

  test('two at once build once and both succeed; a lock of a dead one is taken over', async () => {
    await write('.bootstrap.lock', '999999');
    const args = [join(clone, 'scripts/bootstrap.mjs'), 'run', 'x'];
    const both = [0, 1].map(() => spawn(process.execPath, args, { stdio: 'ignore' }));
    const codes = await Promise.all(both.map(async (child) => (await once(child, 'exit'))[0]));
    expect(codes).toEqual([0, 0]);
    await expect(stat(join(clone, '.bootstrap.lock'))).rejects.toThrow('ENOENT');
  });

  test.each([
    ['git is missing', ['build'], { PATH: '/nowhere' }, /^git is needed; none was found on PATH\. .*\n$/],
    ['the target is unknown', ['frobnicate'], process.env, /^bootstrap needs one of: run, test, .*\n$/],
  ])('when %s it says so in one line and exits with 1', (_what, args, env, line) => {
    const { status, stderr } = bootstrap(args, env);
    expect(status).toBe(1);
    expect(stderr).toMatch(line);
  });

  test('a read-only clone is refused in one line', async (context) => {
    if (process.getuid?.() === 0) context.skip('root may write everywhere');
    spawnSync('chmod', ['a-w', clone]);
    const { status, stderr } = bootstrap(['build']);
    spawnSync('chmod', ['u+w', clone]);
    expect(status).toBe(1);
    expect(stderr).toMatch(/^The clone at .* must be writable .*EACCES.*\n$/);
  });
});
