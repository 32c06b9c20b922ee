import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { buildBrief } from '../../../src/agent/brief.ts';
import { loadPrompts } from '../../../src/agent/prompts.ts';
import { artefactPath } from '../../../src/pipeline/artefacts.ts';
import {
  CONTRACTS,
  contractText,
  sampleVerdict,
  type VerdictContract,
} from '../../../src/pipeline/contract.ts';
import { readFrontmatter } from '../../../src/pipeline/frontmatter.ts';
import { ROLES, type Role, STAGE_RULES, type WorkStage } from '../../../src/pipeline/stages.ts';
import { mayWrite, writeScope } from '../../../src/pipeline/write-scope.ts';
import { type ClaudeBench, createClaudeBench, skipWithoutCli } from '../../support/claude/bench.ts';
import type { Reply } from '../../support/claude/messages-api.ts';

const WID = 'SHOP-014';
const BRANCH = 'feature/SHOP-014-date';
const STAGES: Readonly<Record<Role, WorkStage>> = {
  analyst: 'analysis',
  architect: 'architecture',
  developer: 'development',
  reviewer: 'review',
  tester: 'testing',
  deployer: 'deploy-staging',
};
let bench: ClaudeBench;

const git = (...args: string[]) =>
  execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@t', ...args], {
    cwd: bench.cwd,
    encoding: 'utf8',
  });
const write = (path: string, content: string): Reply => ({
  tool: 'Write',
  input: { file_path: join(bench.cwd, path), content },
});
const verdict = (rule: VerdictContract, commit: string): Reply =>
  write(
    artefactPath(WID, rule.artefact),
    sampleVerdict(rule, { wid: WID, attempt: 1, commit, branch: BRANCH }),
  );

/** What the model of this role does: the files it owes, through the CLI's own tools. */
function scriptOf(role: Role, commit: string): Reply[] {
  switch (role) {
    case 'analyst':
      return [
        write(artefactPath(WID, '01'), '# Why\n'),
        write(artefactPath(WID, '02'), '# What\n'),
        write(artefactPath(WID, '03'), '- AC-1 PASS: it adds. FAIL: it does not.\n'),
        write(artefactPath(WID, '04'), `work_item: ${WID}\ntitle: Add\ntests:\n  - id: TC-01\n`),
      ];
    case 'architect':
      return [
        write(`docs/work-items/${WID}/06-adr/ADR-001-add.md`, '# ADR-001\n'),
        write(artefactPath(WID, '10'), '# Risks\n'),
      ];
    case 'developer':
      return [
        write('add.mjs', 'export const add = (a, b) => a + b;\n'),
        { tool: 'Bash', input: { command: 'git add -A && git commit -q -m "Add numbers"' } },
      ];
    case 'reviewer':
      return [
        { tool: 'Bash', input: { command: 'git log -1 --format=%an' } },
        verdict(CONTRACTS.review, commit),
      ];
    case 'tester':
      return [{ tool: 'Bash', input: { command: 'node -e "1"' } }, verdict(CONTRACTS.tests, commit)];
    case 'deployer':
      return [verdict(CONTRACTS.staging, commit)];
  }
}

describe('the six roles of one whole task with the real CLI', () => {
  beforeEach(async (context) => {
    skipWithoutCli(context);
    bench = await createClaudeBench();
    const request = join(bench.cwd, artefactPath(WID, '00'));
    mkdirSync(dirname(request), { recursive: true });
    writeFileSync(request, '# Add numbers\n');
    git('checkout', '-q', '-b', BRANCH);
    git('add', '-A');
    git('commit', '-q', '-m', 'start');
  });
  afterEach(() => bench?.close());

  it('each write exactly their files, as the shipped prompts tell them', async () => {
    const prompts = loadPrompts(new URL('../../../agents', import.meta.url).pathname);
    for (const role of ROLES) await work(role, prompts[role]);
    const authors = git('log', '--format=%an %s').trim().split('\n');
    expect(authors).toContain('orchestrator (developer) Add numbers');
    for (const [id, key, value] of [
      ['12', 'verdict', 'APPROVED'],
      ['13', 'result', 'PASS'],
      ['15', 'staging_status', 'SUCCESS'],
    ] as const) {
      const path = artefactPath(WID, id);
      expect(readFrontmatter(path, readFileSync(join(bench.cwd, path)))).toMatchObject({
        ok: true,
        fields: { [key]: value },
      });
    }
  });

  async function work(role: Role, prompt: { body: string; tools: readonly string[] }): Promise<void> {
    const stage = STAGES[role];
    expect(STAGE_RULES[stage].role).toBe(role);
    const commit = git('rev-parse', 'HEAD').trim();
    const scope = writeScope(role, { wid: WID, stage });
    const brief = buildBrief({
      ...{
        wid: WID,
        repo: 'shop',
        branch: BRANCH,
        stage,
        attempt: 1,
        run: 1,
        startSha: commit,
        write: scope.allow,
        knowledge: null,
        track: 'full',
      },
      ...{
        title: 'Add numbers',
        description: 'Please add.',
        note: 'First run.',
        words: [],
        findings: [],
        handoff: null,
      },
      ...{ history: { refusals: [], returned: [] }, maxBytes: 262_144, nextToken: () => 'a1b2c3d4e5f60718' },
      contract: contractText(role, stage, { wid: WID, attempt: 1, commit, branch: BRANCH }),
    });
    if (!brief.ok) throw new Error(brief.reason);
    bench.api.play(scriptOf(role, commit));
    const run = await bench.run({
      role,
      stage,
      brief: brief.text,
      prompt: { name: role, body: prompt.body, tools: [...prompt.tools] },
    });
    expect(run, role).toMatchObject({ class: 'finished', permissionDenials: [], survivors: [] });
    expect(bench.api.seen.at(-1)?.system).toContain(`You are the ${role}`);
    git('add', '-A');
    git('commit', '-q', '--allow-empty', '-m', `after ${role}`);
    const changed = git('diff', '--name-only', commit, 'HEAD').trim().split('\n');
    expect(
      changed.filter((path) => !mayWrite(scope, path)),
      role,
    ).toEqual([]);
  }
});
