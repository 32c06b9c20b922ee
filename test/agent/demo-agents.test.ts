import { execFileSync, spawn } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { buildBrief, type OpenFindings } from '../../src/agent/brief.ts';
import type { AgentRun } from '../../src/agent/port.ts';
import { createScriptedRunner } from '../../src/agent/scripted.ts';
import { contractText, EXAMPLE_FACTS } from '../../src/pipeline/contract.ts';
import { readFrontmatter } from '../../src/pipeline/frontmatter.ts';
import { extractReviewFindings } from '../../src/pipeline/review-findings.ts';
import { type Role, STAGE_RULES, type WorkStage } from '../../src/pipeline/stages.ts';
import { mayWrite, writeScope } from '../../src/pipeline/write-scope.ts';
import { type AgentBench, agentRequest, createAgentBench } from '../support/agent/request.ts';
import { freePort } from '../support/ports.ts';
import { until } from '../support/until.ts';

const DIR = 'docs/work-items/SHOP-014';
const DELIVERY = { title: 'Show the delivery date in the cart', description: 'Customers ask when it comes.' };
const COUNTER = {
  title: 'Keep a few units of every item back',
  description: 'Customers in the shop find empty shelves.',
};

let bench: AgentBench;
let attempts: Partial<Record<Role, number>>;
beforeEach(() => {
  bench = createAgentBench();
  attempts = {};
  cpSync(new URL('../../demo/project', import.meta.url).pathname, bench.cwd, { recursive: true });
  git('init', '-q', '-b', 'main');
  save('start');
  git('update-ref', 'refs/remotes/origin/main', 'HEAD');
  git('checkout', '-q', '-b', EXAMPLE_FACTS.branch);
});
afterEach(() => bench.remove());

const git = (...args: string[]) =>
  execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@t', ...args], {
    cwd: bench.cwd,
    encoding: 'utf8',
  });
const file = (path: string) => readFileSync(join(bench.cwd, path), 'utf8');
function save(message: string) {
  git('add', '-A');
  git('commit', '-q', '--allow-empty', '-m', message);
}
function npmTest(): boolean {
  try {
    execFileSync('npm', ['test', '--silent'], { cwd: bench.cwd, stdio: 'pipe' });
    return true;
  } catch {
    return false;
  }
}

/** One run of a role, as the engine would start it, then everything is committed. */
async function work(role: Role, wish: typeof DELIVERY, findings: OpenFindings[] = []): Promise<AgentRun> {
  const stage =
    (Object.keys(STAGE_RULES) as WorkStage[]).find((name) => STAGE_RULES[name].role === role) ?? 'deploy';
  const attempt = (attempts[role] ?? 0) + 1;
  attempts[role] = attempt;
  const scope = writeScope(role, { wid: 'SHOP-014', stage });
  const startSha = git('rev-parse', 'HEAD').trim();
  const brief = buildBrief({
    ...{ wid: 'SHOP-014', repo: 'shop', branch: EXAMPLE_FACTS.branch, stage, attempt, run: 1, startSha },
    ...{
      write: scope.allow,
      knowledge: null,
      track: 'full',
      ...wish,
      note: 'First run.',
      words: [],
      findings,
      handoff: null,
    },
    history: { refusals: [], returned: [] },
    contract: contractText(role, stage, { ...EXAMPLE_FACTS, attempt, commit: startSha }),
    maxBytes: 262_144,
    nextToken: () => '0123456789abcdef',
  });
  if (!brief.ok) throw new Error(brief.reason);
  const programsDir = new URL('../../demo/agents', import.meta.url).pathname;
  const runner = createScriptedRunner({ ...bench.deps, programsDir, node: process.execPath, env: bench.env });
  const run = await runner.run(agentRequest({ role, stage, attempt, brief: brief.text }), bench.hooks());
  save(`after ${role}`);
  const changed = git('diff', '--name-only', startSha, 'HEAD').trim().split('\n').filter(Boolean);
  expect(changed.filter((path) => !mayWrite(scope, path))).toEqual([]);
  return run;
}

const verdictOf = (name: string) => {
  const read = readFrontmatter(name, file(`${DIR}/${name}`));
  if (!read.ok) throw new Error(read.reason);
  return read;
};
const ciRed: OpenFindings = {
  source: 'CI',
  round: 1,
  items: [{ id: 'CI-1-1', text: 'npm test failed' }],
  verbatim: 'npm test failed',
  logTail: 'not ok 3',
};

describe('the demo agents, on the real sample project', () => {
  it('carry the first wish through a red CI and a refused review to a passed test report', {
    timeout: 90_000,
  }, async () => {
    expect(await work('analyst', DELIVERY)).toMatchObject({ class: 'finished' });
    expect(file(`${DIR}/03-acceptance-criteria.md`)).toContain('AC-1');
    expect((await work('architect', DELIVERY)).class).toBe('finished');

    expect((await work('developer', DELIVERY)).class).toBe('finished');
    expect(npmTest(), 'CI after the first try').toBe(false);
    expect((await work('developer', DELIVERY, [ciRed])).class).toBe('finished');
    expect(npmTest(), 'CI after the repair').toBe(true);
    expect(file(`${DIR}/11-dev-notes.md`)).toContain('- CI-1-1:');

    await work('reviewer', DELIVERY);
    const refused = verdictOf('12-review.md');
    expect(refused.fields).toMatchObject({ verdict: 'REQUEST_CHANGES', version: '1', work_item: 'SHOP-014' });
    const { findings, verbatim } = extractReviewFindings(refused.body, 1);
    expect(findings.length).toBeGreaterThan(0);

    await work('developer', DELIVERY, [{ source: 'REV', round: 1, items: findings, verbatim }]);
    expect(npmTest(), 'CI after the review').toBe(true);
    for (const { id } of findings) expect(file(`${DIR}/11-dev-notes.md`)).toContain(`- ${id}:`);
    expect(file('README.md')).toContain('deliveryDate');

    await work('reviewer', DELIVERY);
    expect(verdictOf('12-review.md').fields).toMatchObject({
      verdict: 'APPROVED',
      version: '2',
      attempt: '2',
    });
    const head = git('rev-parse', 'HEAD').trim();
    await work('tester', DELIVERY);
    expect(verdictOf('13-test-report.md').fields).toMatchObject({ result: 'PASS', commit: head });
    expect(file(`${DIR}/13-test-report.md`)).toMatch(/[1-9]\d* tests good, 0 not/);
    await work('deployer', DELIVERY);
    expect(verdictOf('15-staging-log.md').fields).toMatchObject({ staging_status: 'SUCCESS', checks: '3/3' });
  });

  it('do the same again without harm when a run is killed and repeated', { timeout: 60_000 }, async () => {
    await work('developer', DELIVERY);
    const tree = git('rev-parse', 'HEAD^{tree}');
    attempts = {};
    await work('developer', DELIVERY);
    expect(git('rev-parse', 'HEAD^{tree}')).toBe(tree);
  });

  it('make a change that only production can show to be bad', { timeout: 60_000 }, async () => {
    await work('developer', COUNTER);
    expect(npmTest()).toBe(true);
    await work('reviewer', COUNTER);
    expect(verdictOf('12-review.md').fields).toMatchObject({ verdict: 'APPROVED' });
    expect(await healthAfter('production', 503)).toMatchObject({ status: 'overbooked', commit: 'abc' });
    expect(await healthAfter('staging', 200)).toMatchObject({ status: 'ok' });
  });

  it('note a wish they do not know, and say so', { timeout: 60_000 }, async () => {
    await work('analyst', { title: 'Paint the shop blue', description: '' });
    await work('developer', { title: 'Paint the shop blue', description: '' });
    expect(file('CHANGELOG.md')).toContain('Noted: Paint the shop blue (SHOP-014).');
    expect(npmTest()).toBe(true);
  });

  it('show live what they do', { timeout: 60_000 }, async () => {
    await work('analyst', DELIVERY);
    const objects = bench.progress.map((event) => event.activity.object);
    expect(objects).toContain(`${DIR}/01-brd.md`);
  });

  it('ask back when the request says so', { timeout: 60_000 }, async () => {
    await work('analyst', { title: 'Something', description: 'I am not sure. Ask me.' });
    expect(verdictOf('05-questions.md').fields).toMatchObject({ type: 'questions', questions: '1' });
  });

  it('fail with one line when the project is not theirs', { timeout: 60_000 }, async () => {
    writeFileSync(join(bench.cwd, 'src/cart.js'), 'export {};\n');
    mkdirSync(join(bench.cwd, DIR), { recursive: true });
    save('another shop');
    const run = await work('developer', DELIVERY);
    expect(run).toMatchObject({ class: 'crash', exitCode: 1 });
    expect(run.reason).toContain('src/cart.js does not look as expected');
  });
});

/** Starts the shop and asks for its health until it answers with this status, at most 15 s. */
async function healthAfter(environment: string, wanted: number): Promise<unknown> {
  const port = await freePort();
  const env = { ...process.env, NODE_ENV: environment, PORT: String(port), COMMIT_SHA: 'abc' };
  const shop = spawn(process.execPath, ['src/main.js'], { cwd: bench.cwd, env, stdio: 'ignore' });
  try {
    return await until(
      async () => {
        const response = await fetch(`http://127.0.0.1:${port}/health`).catch(() => null);
        return response?.status === wanted ? response.json() : null;
      },
      { what: `the shop answers ${wanted}`, deadlineMs: 15_000 },
    );
  } finally {
    shop.kill();
  }
}
