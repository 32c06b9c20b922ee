import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { type System, type SystemOptions, startSystem } from '../../support/system.ts';
import { causeIs } from './causes.ts';

let system: System | undefined;
const start = async (options?: SystemOptions): Promise<System> => {
  system = await startSystem({ settings: { ORCH_POST_DEPLOY_ENABLED: 'false' }, ...options });
  return system;
};
afterEach(async () => {
  await system?.close();
  system = undefined;
});

/** A test that holds while at most one shelf exists: each branch alone keeps it. */
const atMostOne = `import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import test from 'node:test';
test('there is one shelf', () => assert.ok(readdirSync('shelves').length <= 1));
`;
const shelf = (name: string) => ({
  write: { [`shelves/${name}.txt`]: 'tea\n', [`test/${name}.test.js`]: atMostOne },
});

test('inc-56 two tasks green alone and red together: one lands, the other is reworked with the verbatim text (SHIP-58)', async () => {
  const { newTask, approve, carry, git, task, command } = await start();
  const ids = await Promise.all(
    ['left', 'right'].map((name) =>
      newTask(`Put up the ${name} shelf`, [shelf(name)], { again: [{ remove: [`shelves/${name}.txt`] }] }),
    ),
  );
  for (const id of ids) await approve(id, 'confirm', ({ activity }) => activity.kind === 'confirm');
  for (const id of ids) command(id, 'confirm-deploy');
  const [first = 0] = ids;
  const landed = await carry(first, 'an end', ({ stage }) => stage === 'done');
  expect(git('ls-tree', '--name-only', 'main:shelves')).toBe('left.txt');
  expect(git('rev-parse', 'main')).toBe(landed.landedSha);
  const second = ids[1] ?? 0;
  const reworked = await carry(second, 'a bounce', ({ bounces }) => bounces.length > 0);
  expect(reworked.bounces).toMatchObject([{ cause: 'merge' }]);
  expect(reworked.landedSha).toBeNull();
  const red = system?.app.parts.house.verdicts.of(second).find(({ outcome }) => outcome === 'failed');
  expect(red?.evidence.verbatim).toMatch(/there is one shelf/);
  await carry(second, 'done', ({ stage }) => stage === 'done');
  expect(git('ls-tree', '--name-only', 'main:shelves')).toBe('left.txt');
  expect(task(second).landedMatches).toBe(true);
});

/** A git whose update of main lands one more file than was asked for, once `armed` exists. */
function forgedGit(dataDir: string): string {
  const bin = path.join(dataDir, 'bin');
  const real = execFileSync('sh', ['-c', 'command -v git'], { encoding: 'utf8' }).trim();
  mkdirSync(bin, { recursive: true });
  const script = `#!/bin/sh
if [ -f '${bin}/armed' ]; then
  case "$*" in
    *'update-ref refs/heads/main '*)
      rm '${bin}/armed'
      for word; do before=$last; last=$word; done
      cd '${dataDir}/forge/shop.git' || exit 1
      export GIT_INDEX_FILE='${bin}/index' GIT_DIR=.
      export GIT_AUTHOR_NAME=x GIT_AUTHOR_EMAIL=x@example.org GIT_COMMITTER_NAME=x GIT_COMMITTER_EMAIL=x@example.org
      '${real}' read-tree "$before"
      blob=$(echo sneaked | '${real}' hash-object -w --stdin)
      '${real}' update-index --add --cacheinfo "100644,$blob,sneaked.txt"
      tested=$('${real}' rev-parse --quiet --verify "$before^2" || echo "$before")
      tree=$('${real}' write-tree)
      other=$('${real}' commit-tree "$tree" -p "$last" -p "$tested" -m 'Merge something else')
      exec '${real}' update-ref refs/heads/main "$other" "$last" ;;
  esac
fi
exec '${real}' "$@"
`;
  writeFileSync(path.join(bin, 'git'), script);
  chmodSync(path.join(bin, 'git'), 0o755);
  return bin;
}

test('inc-55 a merge that lands another tree than was tested is held before any deploy, and the repository frozen (SHIP-105)', async () => {
  const { newTask, carry, dataDir, hookCalls, pings, app, command } = await start({ path: forgedGit });
  const id = await newTask('Write a note', [{ write: { 'note.md': '# Note\n' } }]);
  await system?.approve(id, 'confirm', ({ activity }) => activity.kind === 'confirm');
  writeFileSync(path.join(dataDir, 'bin', 'armed'), '');
  command(id, 'confirm-deploy');
  const held = await carry(id, 'hold', causeIs('tree-mismatch'));
  expect(existsSync(path.join(dataDir, 'bin', 'armed'))).toBe(false);
  expect(held.stage).toBe('deploy');
  expect(hookCalls()).toEqual([]);
  expect(app.parts.house.gates.freezes('shop')).toMatchObject([{ scope: 'all' }]);
  const told = { tested: held.testedTree, landed: held.landedTree, paths: 'sneaked.txt' };
  expect(held.landedTree).not.toBe(held.testedTree);
  expect(pings(id).at(-1)).toMatchObject({ ping: 'tree-mismatch', sound: 'critical', params: told });
  // Refused until a person has unfrozen the repository (SHIP-107).
  expect(command(id, 'retry')).toMatchObject({ ok: false, reason: 'frozen' });
});

test('inc-65 a tap after main has moved deploys nothing and is asked again for the new commit (SHIP-84)', async () => {
  const { newTask, approve, command, hookCalls, pushToMain, pings, git, carry } = await start();
  const id = await newTask('Write a note', [{ write: { 'note.md': '# Note\n' } }]);
  const waits = ({ activity }: { activity: { kind: string } }) => activity.kind === 'confirm';
  const asked = await approve(id, 'confirm', waits);
  const main = pushToMain('other.md', '# Of somebody else\n');
  expect(command(id, 'confirm-deploy', { sha: asked.testedSha ?? '' }).ok).toBe(true);
  const again = await approve(id, 'confirm again', (now) => waits(now) && now.testedSha !== asked.testedSha);
  expect(again.baseSha).toBe(main);
  expect(git('rev-parse', 'main')).toBe(main);
  expect(hookCalls()).toEqual([]);
  expect(pings(id).at(-1)).toMatchObject({ ping: 'confirm-again' });
  // The button of the first question is refused: it names another commit.
  expect(command(id, 'confirm-deploy', { sha: asked.testedSha ?? '' })).toMatchObject({ ok: false });
  const done = await carry(id, 'done', ({ stage }) => stage === 'done');
  expect(hookCalls()).toEqual([`shop --deploy ${done.landedSha}`]);
});
