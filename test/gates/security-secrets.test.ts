import { chmod, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { GateInput } from '../../src/gates/gate.ts';
import { securityGate } from '../../src/gates/security-gate.ts';
import { BRANCH, createWorld, DIR, exampleSettings, type World } from './support/world.ts';

let world: World;
beforeEach(async () => {
  world = await createWorld();
});
afterEach(() => world.remove());

/** Put together here, so that this file holds no secret a scanner would report. */
const TOKEN = ['ghp', 'w9Xq3R7tYu2PzLk8Vb5NmHs6Ej1Fa4Gd0CiO'].join('_');
const KEY_ID = ['AKIA', 'Q7XW3N5BDPLZK2RM'].join('');

async function gate(over: Partial<GateInput> = {}) {
  await world.workspace.mirror.fetch();
  const headSha = await world.workspace.mirror.head(BRANCH);
  const project = { ...world.project, ...over.project };
  const input = world.input({
    gate: 'check_security_gate',
    stage: 'deploy-staging',
    headSha,
    ...over,
    project,
  });
  return securityGate(input, world.ports, world.signal);
}
const report = async () => {
  await world.git('fetch', '-q', 'origin');
  return world.git('show', `origin/${BRANCH}:${DIR}/17-security-report.md`);
};

describe('check_security_gate with the bundled scanner (SHIP-40 to SHIP-47)', () => {
  it('passes a clean branch and writes report 17 that says so', async () => {
    await world.commit(BRANCH, { 'src/a.js': 'export const a = 1;\n' });
    const result = await gate();
    expect(result).toMatchObject({
      outcome: 'passed',
      reason: 'security_status: PASS',
      evidence: { scannedCommits: 1 },
    });
    expect(await report()).toMatch(/security_status: PASS[\s\S]*secrets: PASS[\s\S]*dependencies: NONE/);
    expect(result.evidence.headSha).toBe(await world.git('rev-parse', `origin/${BRANCH}`));
  });

  const hiding: [string, Record<string, string | Buffer | null>[], string][] = [
    ['in a file', [{ 'src/a.js': `x\ntoken = "${TOKEN}"\n` }], 'src/a.js:2 github/GITHUB_TOKEN'],
    [
      'in a file a later commit deletes',
      [{ 'k.txt': TOKEN }, { 'k.txt': null }],
      'k.txt:1 github/GITHUB_TOKEN',
    ],
    [
      'in a line a later commit cleans',
      [{ 'k.txt': TOKEN }, { 'k.txt': 'gone' }],
      'k.txt:1 github/GITHUB_TOKEN',
    ],
    ['behind a zero byte', [{ 'k.bin': Buffer.from(`\0\0${TOKEN}\n`) }], 'k.bin:1 github/GITHUB_TOKEN'],
    ['under a picture’s name', [{ 'logo.png': `${TOKEN}\n` }], 'logo.png:1 github/GITHUB_TOKEN'],
    ['in UTF-16', [{ 'k.txt': Buffer.from(`\uFEFF${TOKEN}\n`, 'utf16le') }], 'k.txt:'],
    [
      'inc-52 behind a switch-off comment',
      [{ 'a.js': `/* secretlint-disable */\n"${TOKEN}" // secretlint-disable-line\n` }],
      'a.js:2',
    ],
    ['as a key id', [{ 'a.env': `AWS_ACCESS_KEY_ID=${KEY_ID}\n` }], 'a.env:1 aws/'],
    ['in an .npmrc', [{ '.npmrc': `//registry.example.org/:_authToken=${TOKEN}\n` }], '.npmrc:1'],
  ];
  it.each(hiding)('finds a secret %s', async (_what, commits, expected) => {
    for (const files of commits) await world.commit(BRANCH, files);
    const result = await gate({ attempt: 2 });
    expect(result).toMatchObject({
      outcome: 'failed',
      reason: expect.stringMatching(/^[12] possible secrets?$/),
    });
    expect(result.evidence.findings).toEqual(
      expect.arrayContaining([{ id: 'SEC-2-1', text: expect.stringContaining(`secret: ${expected}`) }]),
    );
    expect(result.evidence.verbatim).toContain('must be rotated');
    const text = await report();
    expect(text).toContain('security_status: FAIL');
    expect(JSON.stringify(result) + text).not.toContain(TOKEN);
  });

  it('finds a secret in a commit message', async () => {
    await world.commit(BRANCH, { 'a.txt': '1' }, `use ${TOKEN}`);
    expect((await gate()).evidence.verbatim).toContain('secret: commit message:1');
  });

  it('does not charge the task with what main brought', async () => {
    await world.commit(BRANCH, { 'a.txt': '1' });
    await world.commit('main', { 'k.txt': TOKEN });
    expect(await gate()).toMatchObject({ outcome: 'passed' });
  });

  it('does not charge the task with what a changed file held before', async () => {
    await world.commit('main', { 'src/old.js': `const legacy = "${TOKEN}";\n` });
    await world.commit(BRANCH, { 'src/old.js': `const a = 1;\nconst legacy = "${TOKEN}";\n` });
    expect(await gate()).toMatchObject({ outcome: 'passed' });
  });

  it('inc-52 ignores scanner configuration of the branch, warns about it, and takes that of main', async () => {
    const weak = { '.secretlintrc.json': '{"rules":[]}', '.secretlintignore': 'fixtures/\n' };
    await world.commit(BRANCH, { ...weak, '.gitea/workflows/ci.yml': 'on: push', 'fixtures/k.txt': TOKEN });
    expect(await gate()).toMatchObject({
      outcome: 'failed',
      evidence: {
        migrations: [],
        changesDeliveryRules: ['.gitea/workflows/ci.yml', '.secretlintignore', '.secretlintrc.json'],
      },
    });
    await world.commit('main', { '.secretlintignore': 'fixtures/\n' });
    expect(await gate()).toMatchObject({ outcome: 'passed' });
  });

  it('inc-51 blocks when the rules of main make the scanner blind to the canary', async () => {
    await world.commit('main', { '.secretlintrc.json': '{"rules":[]}' });
    await world.commit(BRANCH, { 'k.txt': TOKEN });
    const result = await gate();
    expect(result).toMatchObject({ outcome: 'cannot-verify', reason: expect.stringContaining('secretlint') });
    expect(await report()).toContain('secrets: ERROR');
  });

  it('recognises its own reports, however often it was interrupted', async () => {
    const headSha = await world.commit(BRANCH, { 'a.txt': '1' });
    const outcomes: string[] = [];
    for (let run = 0; run < 4; run += 1) {
      outcomes.push((await gate({ headSha })).outcome);
      // Another second: a report written again is another commit.
      world.outside.now += 1000;
    }
    expect(outcomes).toEqual(['passed', 'passed', 'passed', 'passed']);
  });

  it('blocks when somebody else changed the branch after its own reports', async () => {
    const headSha = await world.commit(BRANCH, { 'a.txt': '1' });
    await gate({ headSha });
    await world.commit(BRANCH, { 'b.txt': '1' });
    expect(await gate({ headSha })).toMatchObject({ outcome: 'cannot-verify' });
  });

  it('blocks when somebody else changed the branch', async () => {
    const headSha = await world.commit(BRANCH, { 'a.txt': '1' });
    await world.commit(BRANCH, { 'b.txt': '1' });
    expect(await gate({ headSha })).toMatchObject({
      outcome: 'cannot-verify',
      reason: 'somebody else changed the branch',
    });
  });

  it('is off or out of scope without a look at git', async () => {
    const settings = exampleSettings();
    settings.security.repos = ['crm'];
    expect(await gate({ settings })).toMatchObject({
      outcome: 'passed',
      reason: 'not in scope (ORCH_SECURITY_GATE_REPOS)',
    });
  });
});

describe('check_security_gate with gitleaks (SHIP-41, SHIP-42)', () => {
  const LEAK = '[{"File":"src/a.js","StartLine":2,"RuleID":"generic-api-key","Commit":"abcdef1234567890"}]';
  /** A program that answers like gitleaks; it must be asked with `--redact` and the rules of main. */
  const scanner = async (scanned: string, leaks: string, exit: number) => {
    const bin = path.join(world.root, 'gitleaks');
    const body = `#!/bin/sh
[ "$1" = version ] && { echo 8.30.0; exit 0; }
case "$*" in *--exit-code\\ 42*--redact*--config*) ;; *) exit 9 ;; esac
git=yes
while [ $# -gt 0 ]; do
  [ "$1" = --report-path ] && report=$2
  [ "$1" = --no-git ] && git=no
  shift
done
[ $git = no ] && { echo '[]' > "$report"; exit 0; }
printf '%s' '${leaks}' > "$report"
echo '${scanned} commits scanned.' >&2
exit ${exit}
`;
    await writeFile(bin, body);
    await chmod(bin, 0o755);
    world.ports.gitleaksBin = bin;
    return { project: { ...world.project, secretsScan: 'auto' as const } };
  };
  const table: [string, scanned: string, leaks: string, exit: number, outcome: string, reason: RegExp][] = [
    ['clean', '1', '[]', 0, 'passed', /^security_status: PASS$/],
    ['findings', '1', LEAK, 42, 'failed', /^1 possible secret$/],
    ['inc-51 nothing scanned', '0', '[]', 0, 'cannot-verify', /it scanned 0 commits of 1/],
    ['exit 1, which is no leak code', '1', '[]', 1, 'cannot-verify', /exit 1/],
    ['a report that is none', '1', 'oops', 42, 'cannot-verify', /its report is not readable/],
    ['leaks without names', '1', '[]', 42, 'cannot-verify', /names none/],
  ];
  it.each(table)('%s', async (_what, scanned, leaks, exit, outcome, reason) => {
    await world.commit(BRANCH, { 'src/a.js': 'x\n' });
    const result = await gate(await scanner(scanned, leaks, exit));
    expect(result).toMatchObject({ outcome, reason: expect.stringMatching(reason) });
  });

  it('blocks when gitleaks is demanded and missing, and takes the bundled scanner when it is not', async () => {
    await world.commit(BRANCH, { 'src/a.js': 'x\n' });
    world.ports.gitleaksBin = '/nowhere/gitleaks';
    const demanded = { ...world.project, secretsScan: 'gitleaks' as const };
    const auto = { ...world.project, secretsScan: 'auto' as const };
    expect(await gate({ project: demanded })).toMatchObject({
      outcome: 'cannot-verify',
      reason: expect.stringMatching(/was not found/),
    });
    expect(await gate({ project: auto })).toMatchObject({ outcome: 'passed' });
  });
});
