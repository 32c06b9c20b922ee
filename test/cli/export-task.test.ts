import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { createRunStore } from '../../src/db/runs.ts';
import { createArtefactStore, createVerdictStore } from '../../src/db/verdicts.ts';
import { command, started, storeOf } from '../db/store.ts';
import { git } from '../support/git/repository.ts';
import { dataDir, run } from './context.ts';

const SECRET = 'a-secret-of-the-installation-0123';
const WID = 'SHOP-001';

/** A data directory with one task: a refused gate, a run with a log, a report, commits in the engine's mirror. */
async function installation(): Promise<{ dir: string; env: Record<string, string> }> {
  const dir = await dataDir();
  const store = storeOf(path.join(dir, 'orchestrator.db'));
  const { db, engine, tasks } = store;
  const { id } = started(store, 1);
  const of = { task: id, stage: 'analysis', attempt: 1, generation: 1 } as const;
  const log = path.join(dir, 'r1.log');
  writeFileSync(log, `working with ${SECRET}\n`);
  const runs = createRunStore(db);
  runs.queued({ ...of, id: 'r1', run: 1, fence: 1, role: 'analyst', capUsd: 1, logPath: log, createdAt: 1 });
  runs.started('r1', 2);
  const usage = { inputTokens: 7, outputTokens: 5, costUsd: 0.5 } as never;
  runs.ended('r1', { class: 'finished', usage, sessionId: null, at: 3 });
  createVerdictStore(db).put(id, {
    ...of,
    step: 'gate.analysis_complete',
    outcome: 'failed',
    reason: 'no AC-1 | in 03',
    evidence: {},
    at: 4,
  });
  engine.apply(command(id, 'stop', { text: 'no longer needed' }));
  const content = '# Deploy\n';
  createArtefactStore(db).put({ task: id, name: '14-deploy-log.md', attempt: 1, content, at: 5 });

  const mirror = path.join(dir, 'repos', '_mirror', 'shop.git');
  const work = path.join(dir, 'work');
  mkdirSync(path.join(work, 'docs', 'work-items', WID), { recursive: true });
  await git(work, 'init', '-q', '--initial-branch=main');
  const commit = async (subject: string) => {
    await git(work, 'add', '-A');
    await git(
      work,
      '-c',
      'user.name=A',
      '-c',
      'user.email=a@example.org',
      'commit',
      '-q',
      '--allow-empty',
      '-m',
      subject,
    );
    return (await git(work, 'rev-parse', 'HEAD')).trim();
  };
  const base = await commit('Before');
  writeFileSync(path.join(work, 'docs', 'work-items', WID, '01-brd.md'), '# Why\n');
  const head = await commit('analysis of SHOP-001');
  mkdirSync(path.dirname(mirror), { recursive: true });
  await git(dir, 'clone', '-q', '--bare', work, mirror);
  const state = { ...tasks.get(id), baseSha: base, headSha: head };
  db.$client.prepare('update tasks set state = ? where id = ?').run(JSON.stringify(state), id);
  const env = { ORCH_DATA_DIR: dir, ORCH_REPOS_DIR: path.join(dir, 'repos'), ORCH_ADMIN_TOKEN: SECRET };
  return { dir, env };
}

describe('the history of one task', () => {
  it('export <wid> writes everything that is known of it into one archive, secrets masked', async () => {
    const { dir, env } = await installation();
    const file = path.join(dir, 'out.tar.gz');
    const ran = await run(['export', WID, '--out', file], { env });
    expect([ran.exitCode, ran.stderr, ran.stdout.trim()]).toEqual([0, '', file]);
    execFileSync('tar', ['-xzf', file, '-C', dir]);
    const read = (name: string) => readFileSync(path.join(dir, WID, name), 'utf8');
    expect(JSON.parse(read('task.json'))).toMatchObject({ wid: WID, state: { title: 'Show delivery date' } });
    expect(read('log.jsonl')).toContain('"stop"');
    expect(JSON.parse(read('verdicts.jsonl'))).toMatchObject({ outcome: 'failed' });
    expect(JSON.parse(read('runs.jsonl'))).toMatchObject({ id: 'r1', usage: { inputTokens: 7 } });
    expect(read('runs/r1.log')).not.toContain(SECRET);
    expect(read('runs/r1.log')).toContain('working with');
    expect(read('reports/1-14-deploy-log.md')).toBe('# Deploy\n');
    expect(read('documents/01-brd.md')).toBe('# Why\n');
    expect(read('commits/0001-analysis-of-SHOP-001.patch')).toContain('+# Why');
    expect(read('post-mortem.md')).toContain(`# Post-mortem of ${WID}`);
  });

  it('task post-mortem tells times, refusals, costs and decisions; text of people ends no table', async () => {
    const { env } = await installation();
    const { exitCode, stdout } = await run(['task', 'post-mortem', WID], { env });
    expect(exitCode).toBe(0);
    expect(stdout).toContain('- analysis #1, check_analysis_complete: failed, no AC-1 | in 03');
    expect(stdout).toContain('| analyst | 1 | 0 | 12 | $0.50 |');
    expect(stdout).toMatch(/- 1970-01-01 00:00 UTC .* \(\w+\): stop: no longer needed/);
    expect(stdout).toMatch(/\| analysis \| \d+ s \|/);
  });

  it('an unknown task is one line that says where to look', async () => {
    const { env } = await installation();
    const { exitCode, stderr } = await run(['export', 'SHOP-404'], { env });
    expect([exitCode, stderr.trim().split('\n').length]).toEqual([1, 1]);
    expect(stderr).toMatch(/Expected a task SHOP-404, found none.*task list/);
  });
});
