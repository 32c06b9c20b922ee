import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { buildBrief } from '../../../src/agent/brief.ts';
import { buildAgentEnv } from '../../../src/agent/env.ts';
import { createScriptedRunner } from '../../../src/agent/scripted.ts';
import { type CheckHistory, type GateInput, runGate } from '../../../src/gates/gate.ts';
import { GATE_REGISTRY } from '../../../src/gates/index.ts';
import { silentLogger } from '../../../src/log.ts';
import { type GateName, type Role, STAGE_RULES, type WorkStage } from '../../../src/pipeline/stages.ts';
import { writeScope } from '../../../src/pipeline/write-scope.ts';
import { BRANCH, createWorld, type World } from '../../gates/support/world.ts';
import { prepareTask, type TaskSoFar } from './court-task.ts';
import { agentRequest } from './request.ts';

const FIXTURES = new URL('../../fixtures/agents/', import.meta.url).pathname;
const WID = 'SHOP-014';

/** One program before the court, as the first line of its file describes it. */
export interface Witness {
  name: string;
  kind: 'liars' | 'honest';
  role: Role;
  attempt: number;
  /** What it claims against the truth, or why it looks suspicious. */
  story: string;
  /** Earlier passes of the test suite took 40 s. */
  slowBaseline: boolean;
  /** Tests the plan names as removed. */
  removedTests: number;
  stagingDown: boolean;
}

export interface Verdict {
  /** Who refused, or restored what was out of scope; null when everything passed. */
  caughtBy: string | null;
  reason: string;
}

/** All programs of a kind, by name. */
export const witnesses = (kind: Witness['kind']): Witness[] =>
  readdirSync(join(FIXTURES, kind))
    .sort()
    .map((file) => readWitness(kind, file.replace(/\.mjs$/, '')));

function readWitness(kind: Witness['kind'], name: string): Witness {
  const first = readFileSync(join(FIXTURES, kind, `${name}.mjs`), 'utf8').split('\n')[0] ?? '';
  const [, head = '', story = ''] = /^\/\/ ([^:]+): (.*)$/.exec(first) ?? [];
  const [role = '', ...facts] = head.split(', ');
  const number = (pattern: RegExp, standard: number) =>
    Number(facts.map((fact) => pattern.exec(fact)?.[1]).find(Boolean) ?? standard);
  return {
    ...{ name, kind, story, role: role as Role },
    attempt: number(/^attempt (\d+)$/, 1),
    slowBaseline: facts.includes('baseline 40 s'),
    removedTests: number(/^plan removes (\d+)$/, 0),
    stagingDown: facts.includes('staging down'),
  };
}

const STAGES: Readonly<Record<Role, WorkStage>> = {
  analyst: 'analysis',
  architect: 'architecture',
  developer: 'development',
  reviewer: 'review',
  tester: 'testing',
  deployer: 'deploy-staging',
};

/** The gates an agent's work has to pass; a developer's change is judged up to the merge. */
function gatesOf(role: Role): readonly GateName[] {
  if (role === 'developer') return ['check_ci_green', 'check_security_gate', 'check_branch_mergeable'];
  return STAGE_RULES[STAGES[role]].gates.filter((gate) => gate !== 'check_analysis_approved').slice(0, 1);
}

/** Runs a program as its role on a real task in real git, as the engine would, and lets the gates judge it. */
export async function tryWitness(witness: Witness): Promise<Verdict> {
  const world = await createWorld();
  try {
    const task = await prepareTask(world, witness);
    const work = await letWork(world, witness, task);
    if ('refused' in work) return { caughtBy: 'plain push', reason: work.refused };
    const { head, restored } = work;
    if (existsSync(join(world.root, 'hook-proof'))) return { caughtBy: null, reason: 'a planted hook ran' };
    const refused = await judge(world, witness, { ...task, head });
    if (refused) return refused;
    if (restored.length > 0) return { caughtBy: 'write scope', reason: `restored ${restored.join(', ')}` };
    if (await isHarmless(world, witness))
      return { caughtBy: 'git of the engine', reason: 'runs no hook and reads no configuration of an agent' };
    return { caughtBy: null, reason: 'every gate passed' };
  } finally {
    await world.remove();
  }
}

/** The planted hooks never ran: the lie came to nothing. */
const isHarmless = async (world: World, witness: Witness): Promise<boolean> =>
  witness.name === 'plants-a-hook' &&
  !existsSync(join(world.workspace.worktreePath(BRANCH), 'src/hooked.js'));

async function letWork(
  world: World,
  witness: Witness,
  task: TaskSoFar,
): Promise<{ head: string; restored: string[] } | { refused: string }> {
  const stage = STAGES[witness.role];
  const scope = writeScope(witness.role, { wid: WID, stage, protectedPaths: task.project.protectedPaths });
  await world.workspace.mirror.fetch();
  const tree = await world.workspace.ensureWorktree({ branch: BRANCH, wid: WID, recordedHead: task.head });
  const programsDir = join(world.root, 'programs');
  mkdirSync(programsDir);
  symlinkSync(join(FIXTURES, witness.kind, `${witness.name}.mjs`), join(programsDir, `${witness.role}.mjs`));
  const env = buildAgentEnv({
    parent: process.env,
    passthrough: [],
    secrets: [],
    home: world.root,
    scrub: false,
  });
  const runner = createScriptedRunner({
    ...{
      now: Date.now,
      log: silentLogger(),
      host: 'court',
      runsDir: join(world.root, 'runs'),
      runLogMaxBytes: 1e6,
    },
    ...{
      progressIntervalMs: 1000,
      resumeMinMs: 0,
      redact: (text: string) => text,
      programsDir,
      node: process.execPath,
    },
    env: { ...env, HOOK_PROOF: join(world.root, 'hook-proof') },
  });
  const brief = briefOf(witness, { stage, head: task.head, write: scope.allow });
  const run = await runner.run(agentRequest({ role: witness.role, stage, attempt: witness.attempt, brief }), {
    cwd: tree.path,
  });
  if (run.class !== 'finished')
    throw new Error(`${witness.name} did not finish: ${run.class}, ${run.reason}\n${run.logTail}`);
  const finished = await world.workspace.finishRun({
    branch: BRANCH,
    run: { wid: WID, prefix: 'SHOP', stage, attempt: witness.attempt, role: witness.role, runId: 'court' },
    ...{ startSha: task.head, recordedHead: task.head, scope },
  });
  if (finished.kind === 'pushed') return { head: finished.head, restored: finished.restored };
  return { refused: `never forced: ${finished.kind}` };
}

function briefOf(witness: Witness, run: { stage: string; head: string; write: readonly string[] }): string {
  const brief = buildBrief({
    ...{ wid: WID, repo: 'shop', branch: BRANCH, stage: run.stage, attempt: witness.attempt, run: 1 },
    ...{
      startSha: run.head,
      write: run.write,
      knowledge: null,
      track: 'full',
      title: 'Multiply',
      description: 'Please.',
      note: 'First run.',
    },
    ...{ words: [], findings: [], history: { refusals: [], returned: [] }, handoff: null, contract: '' },
    ...{ maxBytes: 262_144, nextToken: () => '0123456789abcdef' },
  });
  if (!brief.ok) throw new Error(brief.reason);
  return brief.text;
}

async function judge(world: World, witness: Witness, task: TaskSoFar): Promise<Verdict | null> {
  await world.workspace.mirror.fetch();
  if (witness.stagingDown)
    world.outside.staging = { ...world.outside.staging, ok: false, detail: 'connection refused' };
  let headSha = task.head;
  for (const gate of gatesOf(witness.role)) {
    const result = await runGate(
      GATE_REGISTRY[gate],
      gateInput(world, witness, { ...task, gate, head: headSha }),
      world.ports,
      world.signal,
    );
    if (result.outcome !== 'passed') return { caughtBy: gate, reason: `${result.outcome}: ${result.reason}` };
    if (typeof result.evidence.headSha === 'string') headSha = result.evidence.headSha;
  }
  return null;
}

function gateInput(world: World, witness: Witness, at: TaskSoFar & { gate: GateName }): GateInput {
  // So short that only the number of tests decides, unless the case is about the time.
  const durationMs = witness.slowBaseline ? 40_000 : 100;
  const checkHistory: CheckHistory = {
    passes: Array.from({ length: 5 }, (_, n) => ({
      sha: String(n).repeat(40),
      durationMs,
      tests: 3,
      coverage: null,
    })),
    mainTests: 3,
    mainCoverage: null,
  };
  return world.input({
    ...{ gate: at.gate, wid: WID, project: at.project, attempt: witness.attempt, checkHistory },
    ...{ stage: STAGES[witness.role], startSha: at.startSha, headSha: at.head },
  });
}
