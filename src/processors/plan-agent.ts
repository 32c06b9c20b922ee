import { type BriefInput, buildBrief, buildResumeMessage, type Handoff } from '../agent/brief.ts';
import type { CapName } from '../agent/budget.ts';
import type { AgentRequest, Deadlines, SessionTotals } from '../agent/port.ts';
import type { PriceTable } from '../agent/pricing.ts';
import { AppError } from '../errors.ts';
import { type Complexity, complexityOf } from '../pipeline/complexity.ts';
import { CONTRACTS, contractPath, contractText } from '../pipeline/contract.ts';
import type { Project } from '../pipeline/project.ts';
import { REWORK_STAGE, type Role, STAGE_RULES, type WorkStage } from '../pipeline/stages.ts';
import type { TaskState } from '../pipeline/task.ts';
import { trackOf } from '../pipeline/track.ts';
import type { RunRecord, VerdictRecord } from '../pipeline/view.ts';
import { writeScope } from '../pipeline/write-scope.ts';
import { historyOf, openFindings } from './open-findings.ts';
import type { RetryFacts, StepInput } from './step-input.ts';

/** What the settings say about runs, per role and project. */
export interface AgentPlanSettings {
  prompt: (role: Role) => { name: string; body: string; tools: string[] };
  /** The size is known once the analysis is complete. */
  model: (role: Role, project: Project, size: Complexity | null) => string | null;
  effort: (role: Role, project: Project) => string | null;
  fallbackModel: string | null;
  deadlines: (role: Role) => Deadlines;
  /** Named by the settings or learned from recorded runs (AGENT-36). */
  prices: () => PriceTable;
  identity: { name: string; email: string };
  briefMaxBytes: number;
  /** Back-off and jitter (AGENT-42, AGENT-43). */
  backoff: Pick<RetryFacts, 'baseMs' | 'maxMs' | 'jitterS'>;
}

export interface AgentPlanDeps extends AgentPlanSettings {
  /** USD this run may cost (AGENT-47), null where every cap is off; and the cap that says so. */
  cap: (task: TaskState) => { runUsd: number | null; by: { name: CapName; usd: number | null } | null };
  /** Figures of a session that can be continued here; null starts a fresh one (AGENT-40). */
  resumable: (task: TaskState) => { id: string; totals: SessionTotals | null; host: string } | null;
  uuid: () => string;
  /** 16 random hex digits (AGENT-10). */
  token: () => string;
}

export interface AgentPlanFacts {
  task: TaskState;
  project: Project;
  runs: readonly RunRecord[];
  verdicts: readonly VerdictRecord[];
  /** The machine allows the session to go on. */
  resume: boolean;
}

/** Unique for ever and safe as a file name; sorts by task, stage, attempt and run. */
export const runIdOf = ({ id, stage, attempt, generation }: TaskState): string =>
  `t${id}.${stage}.${attempt}.g${generation}`;

function noteOf({ bounces, words, stage, attempt, run }: TaskState): string {
  const last = bounces.at(-1);
  if (run > 1) return 'The previous run of this attempt ended before its work was done.';
  if (stage === REWORK_STAGE && last)
    return `${last.stage}, attempt ${last.attempt} refused the change: ${last.reason}`;
  const word = words.at(-1);
  if (word && attempt > 1) return `A person said something new (${word.kind}).`;
  return attempt > 1
    ? 'This stage runs again because an earlier result no longer counts.'
    : 'First run of this stage.';
}

/** Classes after which nothing was begun: the same brief is given again (AGENT-39). */
const NOTHING_BEGUN: ReadonlySet<string | null> = new Set(['finished', 'first-byte']);

interface Past {
  runs: readonly RunRecord[];
  verdicts: readonly VerdictRecord[];
}

function handoffOf({ runs, verdicts }: Past, task: TaskState): Handoff | null {
  const here = (one: { stage: string; attempt: number }) =>
    one.stage === task.stage && one.attempt === task.attempt;
  const previous = runs.findLast((run) => here(run) && run.status === 'ended');
  if (previous === undefined || NOTHING_BEGUN.has(previous.class) || previous.startedAt === null) return null;
  const report = verdicts.findLast((verdict) => here(verdict) && verdict.step === 'agent');
  const archiveRef = report?.evidence.archiveRef;
  const activity = previous.progress?.activity;
  return {
    ended: `the run ended as ${previous.class ?? 'unknown'}`,
    archiveRef: typeof archiveRef === 'string' ? archiveRef : null,
    commits: [],
    diffStat: '',
    tools: {},
    lastActivity: activity ? `${activity.verb} ${activity.object}` : null,
  };
}

/** The complete order for one run of a stage's role (AGENT-55). */
export function planAgent(deps: AgentPlanDeps, facts: AgentPlanFacts): NonNullable<StepInput['agent']> {
  const { task, project, verdicts } = facts;
  const stage = task.stage as WorkStage;
  const { role } = STAGE_RULES[stage];
  const scope = writeScope(role, {
    wid: task.wid,
    stage,
    protectedPaths: project.protectedPaths,
    agentDeploys: project.deploy === 'agent',
    track: trackOf(task, project),
  });
  const session = facts.resume ? deps.resumable(task) : null;
  const cap = deps.cap(task);
  const input = briefInput(deps, facts, { role, allow: scope.allow });
  const request: AgentRequest = {
    v: 1,
    task: task.id,
    wid: task.wid,
    repo: task.repo,
    stage,
    attempt: task.attempt,
    run: Math.max(1, task.run),
    runId: runIdOf(task),
    fence: task.fence,
    role,
    brief: session ? buildResumeMessage(input) : briefText(input),
    prompt: deps.prompt(role),
    model: deps.model(role, project, complexityOf(verdicts)),
    effort: deps.effort(role, project),
    fallbackModel: deps.fallbackModel,
    deadlines: deps.deadlines(role),
    runCapUsd: cap.runUsd,
    prices: deps.prices(),
    session: session ? { ...session, resume: true } : { id: deps.uuid(), resume: false, totals: null },
    identity: deps.identity,
    outputs: Object.values(CONTRACTS)
      .filter((rule) => rule.role === role && rule.stage === stage && rule.always)
      .map((rule) => contractPath(rule, task.wid)),
  };
  return {
    request,
    scope,
    resume: session !== null,
    cap: cap.by,
    retry: { ...deps.backoff, transientBefore: task.transientRuns, unknownLimitsBefore: limitsInARow(facts) },
  };
}

/** Limits that ended the last runs of this attempt; the guess of their end doubles (AGENT-43). */
function limitsInARow({ task, runs }: AgentPlanFacts): number {
  const classes = runs
    .filter(
      ({ stage, attempt, status }) => stage === task.stage && attempt === task.attempt && status === 'ended',
    )
    .map((run) => run.class)
    .reverse();
  const other = classes.findIndex((name) => name !== 'limit');
  return other === -1 ? classes.length : other;
}

function briefText(input: BriefInput): string {
  const brief = buildBrief(input);
  if (brief.ok) return brief.text;
  throw new AppError('brief-too-long', brief.reason, {
    fault: 'user',
    hint: 'Shorten the texts or raise ORCH_BRIEF_MAX_BYTES.',
  });
}

function briefInput(
  deps: AgentPlanDeps,
  { task, project, runs, verdicts }: AgentPlanFacts,
  { role, allow }: { role: Role; allow: readonly string[] },
): BriefInput {
  const { wid, repo, branch, stage, attempt, title, description } = task;
  const commit = task.headSha ?? '';
  return {
    wid,
    repo,
    branch,
    stage,
    attempt,
    run: Math.max(1, task.run),
    startSha: commit,
    write: allow,
    track: trackOf(task, project),
    knowledge:
      project.knowledgeFile === 'none' ? null : { file: project.knowledgeFile, branch: project.baseBranch },
    title,
    description,
    note: noteOf(task),
    words: task.words.map(({ kind, by, text }) => ({ kind, by, text })),
    findings: role === 'developer' ? openFindings(verdicts) : [],
    history: historyOf(task, verdicts),
    handoff: handoffOf({ runs, verdicts }, task),
    contract: contractText(role, stage, { wid, attempt, commit, branch }),
    maxBytes: deps.briefMaxBytes,
    nextToken: deps.token,
  };
}
