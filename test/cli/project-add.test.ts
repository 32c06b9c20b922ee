import { execFileSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openDb } from '../../src/db/open.ts';
import { dataDir, run } from './context.ts';

const WHO = ['-c', 'user.name=Ann', '-c', 'user.email=ann@example.org', '-c', 'init.defaultBranch=main'];
const git = (dir: string, ...args: string[]): string =>
  execFileSync('git', [...WHO, ...args], { cwd: dir, encoding: 'utf8' }).trim();

/** A clone with one commit of these files. */
async function repository(files: Record<string, string>, branch = 'main'): Promise<string> {
  const dir = join(await dataDir(), 'shop-front');
  await mkdir(dir);
  git(dir, 'init', '--quiet', `--initial-branch=${branch}`);
  for (const [name, text] of Object.entries(files)) await writeFile(join(dir, name), text);
  if (Object.keys(files).length > 0) {
    git(dir, 'add', '--all');
    git(dir, 'commit', '--quiet', '-m', 'first');
  }
  return dir;
}
const NODE = {
  'package.json': JSON.stringify({ scripts: { test: 'node --test' } }),
  'package-lock.json': '{}',
  'README.md': '# Shop front\n\nSells things to people.\n',
};
const add = (data: string, source: string, argv: readonly string[] = [], env: Record<string, string> = {}) =>
  run(['project', 'add', source, '--data-dir', data, '--yes', ...argv], { env });
const registryOf = async (data: string) => JSON.parse(await readFile(join(data, 'projects.json'), 'utf8'));

describe('orchestrator project add', () => {
  test('takes a clone in: registry entry with all four means, and a pull request with AGENTS.md', async () => {
    const [data, source] = [await dataDir(), await repository(NODE)];
    const { exitCode, stdout, stderr } = await add(data, source, ['--json']);
    expect(stderr).toBe('');
    expect(exitCode).toBe(0);
    const result = JSON.parse(stdout);
    expect(result).toMatchObject({ ok: true, ecosystem: 'Node.js', reloaded: false });
    expect(await registryOf(data)).toEqual({
      $schema: './projects.schema.json',
      projects: [
        {
          ...{ repo: 'shop-front', prefix: 'SHOPFR', forge: 'local', source },
          ...{ setup: 'npm ci', checks: 'npm test', staging: 'none', deploy: 'none', image: 'none' },
        },
      ],
    });
    expect(result.pull_request).toMatchObject({ kind: 'opened', branch: 'feature/SHOPFR-000-agents' });
    const forge = join(data, 'forge', 'shop-front.git');
    const text = git(forge, 'show', 'feature/SHOPFR-000-agents:AGENTS.md');
    expect(text).toContain('Sells things to people.');
    expect(text).toContain('| check everything | `npm test` |');
    expect(git(forge, 'diff', '--name-only', 'main...feature/SHOPFR-000-agents')).toBe('AGENTS.md');
    const db = openDb({ file: join(data, 'orchestrator.db') });
    expect(db.$client.prepare('select head, base, state from pull_requests').all()).toEqual([
      { head: 'feature/SHOPFR-000-agents', base: 'main', state: 'open' },
    ]);
    db.$client.close();
    // The source itself is not touched.
    expect(git(source, 'branch', '--list')).toBe('* main');
  });

  test('by URL, with a base branch of its own, options in place of proposals, and no pull request', async () => {
    const [data, source] = [await dataDir(), await repository(NODE, 'trunk')];
    const argv = [
      '--repo',
      'web',
      '--prefix',
      'WEB',
      '--checks',
      'npm run verify',
      '--setup',
      'none',
      '--no-pr',
    ];
    const { exitCode, stdout } = await add(data, `file://${source}`, argv);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('npm run verify');
    expect((await registryOf(data)).projects).toEqual([
      {
        ...{ repo: 'web', prefix: 'WEB', forge: 'local', source: `file://${source}`, base_branch: 'trunk' },
        ...{ checks: 'npm run verify', staging: 'none', deploy: 'none', image: 'none' },
      },
    ]);
  });

  test('a repository that tells agents already gets no pull request; one without a check is said', async () => {
    const [data, source] = [await dataDir(), await repository({ 'AGENTS.md': '# For agents\n' })];
    const { exitCode, stdout } = await add(data, source);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('tells agents already');
    expect(stdout).toContain('no check command was found');
    // Nothing to audit: stated, or the security gate would block every task.
    expect((await registryOf(data)).projects[0]).toMatchObject({ checks: 'none', dependency_audit: 'none' });
  });

  test('keeps the other entries, and refuses the same project twice without touching the file', async () => {
    const [data, source] = [await dataDir(), await repository(NODE)];
    await writeFile(
      join(data, 'projects.json'),
      JSON.stringify([
        { repo: 'notes', prefix: 'NOTE', checks: 'none', staging: 'none', deploy: 'none', image: 'none' },
      ]),
    );
    expect((await add(data, source, ['--no-pr'])).exitCode).toBe(0);
    const before = await readFile(join(data, 'projects.json'), 'utf8');
    expect(JSON.parse(before).projects.map(({ repo }: { repo: string }) => repo)).toEqual([
      'notes',
      'shop-front',
    ]);
    const again = await add(data, source, ['--no-pr']);
    expect(again.exitCode).toBe(78);
    expect(again.stderr).toContain('shop-front');
    expect(await readFile(join(data, 'projects.json'), 'utf8')).toBe(before);
  });

  test('bad input is one line that says what to do, and nothing is written', async () => {
    const [data, empty, good] = [await dataDir(), await repository({}), await repository(NODE)];
    const cases: [string, string[], Record<string, string>, string][] = [
      [data, [], {}, 'Expected a git repository'],
      ['/nowhere/at/all', [], {}, 'Expected a git repository'],
      [empty, [], {}, 'empty repository'],
      ['file:///nowhere/at/all.git', [], {}, 'git could not'],
      [good, ['--prefix', 'no good'], {}, 'does not match'],
      [good, ['--plane-project-id', 'seven'], {}, 'is not a UUID'],
      [good, ['--forge', 'gitea'], {}, 'ORCH_GITEA_URL'],
      [good, [], { ORCH_PROJECTS_JSON: '[]' }, 'ORCH_PROJECTS_FILE'],
    ];
    for (const [source, argv, env, words] of cases) {
      const ran = await add(data, source, argv, env);
      expect(ran.exitCode, words).toBeGreaterThan(0);
      expect(ran.stderr, words).toContain(words);
      await expect(readFile(join(data, 'projects.json'))).rejects.toThrow('ENOENT');
    }
  });
});
