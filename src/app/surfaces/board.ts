import { hasRole, scopeOf } from '../../bot/access.ts';
import { sentence } from '../../bot/sentence.ts';
import type { Texts } from '../../bot/texts.ts';
import type {
  BoardApi,
  BoardTask,
  BoardVerdict,
  Overview,
  TaskPage,
  Tone,
  Viewer,
} from '../../http/board/data.ts';
import { isTerminal, STAGE_RULES, STAGES, type Stage } from '../../pipeline/stages.ts';
import type { RunRecord, RunView, VerdictRecord } from '../../pipeline/view.ts';
import { ownerOf } from '../../pipeline/waiting.ts';
import type { Parts } from '../parts.ts';
import { visitsOf } from './board-visits.ts';
import { logTail } from './control.ts';
import { costReport } from './costs.ts';
import { maskTokens } from './mask-tokens.ts';
import { type ViewDeps, viewOf } from './views.ts';

export interface BoardSources {
  parts: Pick<Parts, 'house' | 'config' | 'redact' | 'place' | 'projects'>;
  views: ViewDeps;
  texts: Texts;
}

const DAY_MS = 86_400_000;
const FINISHED_MAX = 12;
const WORK_STAGES = STAGES.filter((stage): stage is keyof typeof STAGE_RULES => stage in STAGE_RULES);

/** What `/board` shows, over the stores; every call reads the database and nothing else but a run log. */
export function createBoardApi(sources: BoardSources): BoardApi {
  const { parts, views } = sources;
  const { house, redact, place } = parts;
  const find = (viewer: Viewer, wid: string): RunView | null => {
    const task = house.tasks.byWid(wid);
    return task !== null && sees(viewer, task.repo) ? viewOf(views, task.id) : null;
  };
  return {
    overview: (viewer) => overviewOf(sources, viewer),
    task(viewer, wid) {
      const view = find(viewer, wid);
      return view === null ? null : pageOf(sources, view);
    },
    async log(viewer, { wid, stage, lines }) {
      const view = find(viewer, wid);
      if (view === null) return null;
      return logTail({ house, redact }, { task: view.task.id, stage: stage as Stage | null, lines });
    },
    costs(viewer, { days, project }) {
      const known = parts.projects.map(({ repo }) => repo).filter((repo) => sees(viewer, repo));
      const chosen = project !== null && known.includes(project) ? project : null;
      const scope = chosen === null ? viewer.projects : [chosen];
      const now = place.now();
      const from = house.budgets.dayStart(now) - (days - 1) * DAY_MS;
      const report = costReport(house, { from, task: null, scope });
      const rows = new Map(report.by.day?.map((row) => [row.label, row]));
      const byDay = lastDays(days, (at) => house.budgets.dayOf(at), now).map(
        (label) => rows.get(label) ?? { label, runs: 0, tokensIn: 0, tokensOut: 0, costUsd: 0 },
      );
      const { total, top, wastedUsd, by } = report;
      return {
        days,
        project: chosen,
        projects: known,
        total,
        top,
        wastedUsd,
        byDay,
        byProject: by.project ?? [],
        byRole: by.role ?? [],
      };
    },
    person(id) {
      const user = house.chat.user(Number(id));
      return user === null
        ? null
        : { name: user.name, projects: scopeOf(user), mayReadLogs: hasRole(user.role, 'operator') };
    },
  };
}

const sees = ({ projects }: Viewer, repo: string): boolean => projects === null || projects.includes(repo);

const HALF_DAY_MS = DAY_MS / 2;

/** Names of the last days, oldest first; half days apart, so that no change of the clock skips one. */
function lastDays(days: number, dayOf: (at: number) => string, now: number): string[] {
  const halves = Array.from({ length: 2 * days }, (_, index) => dayOf(now - index * HALF_DAY_MS));
  return [...new Set(halves)].slice(0, days).reverse();
}

function overviewOf(sources: BoardSources, viewer: Viewer): Overview {
  const { parts, views } = sources;
  const { house, config, place } = parts;
  const cards = house.tasks
    .live()
    .filter(({ repo }) => sees(viewer, repo))
    .flatMap(({ id }) => viewOf(views, id) ?? [])
    .map((view) => cardOf(sources, view));
  const ended = house.tasks.list({
    kind: 'done',
    repo: null,
    scope: viewer.projects,
    offset: 0,
    limit: FINISHED_MAX,
  });
  const pause = house.gates.pauses().find(({ scope }) => scope === '*');
  const day = house.budgets.dayStart(place.now());
  return {
    columns: WORK_STAGES.map((stage) => ({ stage, tasks: cards.filter((card) => card.stage === stage) })),
    finished: ended.tasks.flatMap(({ id }) => viewOf(views, id) ?? []).map((view) => cardOf(sources, view)),
    agents: {
      busy: house.runs.live().filter(({ status }) => status !== 'queued').length,
      max: config.redis.maxConcurrency,
    },
    needsYou: cards.filter(({ tone }) => tone === 'you' || tone === 'stuck').length,
    spentToday: spentToday(sources, viewer, day),
    paused: pause === undefined ? null : { by: pause.by, since: pause.since },
    freezes: house.gates.freezes().filter(({ repo }) => sees(viewer, repo)),
  };
}

/** Of everything for who may see everything; else of their projects, without the cap of the whole. */
function spentToday({ parts }: BoardSources, viewer: Viewer, since: number): Overview['spentToday'] {
  const { house, config } = parts;
  if (viewer.projects === null)
    return { usd: house.runs.spent({ since }).usd, capUsd: config.budgets.dayUsd ?? null };
  const mine = house.runs.since(since).filter(({ repo }) => sees(viewer, repo));
  return { usd: mine.reduce((sum, { usage }) => sum + (usage?.costUsd ?? 0), 0), capUsd: null };
}

const ENDED = { done: 'done', cancelled: 'stopped' } as const;

/** What a card says at a glance. */
function toneOf({ task, now }: RunView): Tone {
  if (isTerminal(task.stage)) return ENDED[task.stage];
  if (now.kind === 'queued' || now.kind === 'working') return now.kind;
  if (now.kind === 'blocked' || now.kind === 'hold') return 'stuck';
  return ownerOf(now) === 'you' ? 'you' : 'waiting';
}

function cardOf({ texts }: BoardSources, view: RunView): BoardTask {
  const { task, now, money, runs } = view;
  const progress = runs.findLast(({ status }) => status === 'running')?.progress ?? null;
  const live = progress?.activity ? `${progress.activity.verb} ${progress.activity.object}`.trim() : null;
  return {
    wid: task.wid,
    repo: task.repo,
    title: task.title,
    stage: task.stage,
    attempt: task.attempt,
    tone: toneOf(view),
    sentence: sentence(view, texts),
    since: now.since,
    live: isTerminal(task.stage) ? null : live,
    costUsd: money.spentUsd,
  };
}

function pageOf(sources: BoardSources, view: RunView): TaskPage {
  const { house, redact } = sources.parts;
  const mask = (text: string): string => maskTokens(redact(text));
  const { task, links, money } = view;
  const log = house.tasks.log(task.id);
  const ended = isTerminal(task.stage);
  const [first] = log;
  const last = log.findLast(({ from, to, accepted }) => accepted && from !== to);
  return {
    task: cardOf(sources, view),
    description: task.description,
    branch: task.branch,
    bounces: task.bounces.length,
    capUsd: money.taskCapUsd,
    createdAt: first?.at ?? task.updatedAt,
    endedAt: ended ? (last?.at ?? task.updatedAt) : null,
    links,
    shas: { tested: task.testedSha, landed: task.landedSha, served: task.servedSha },
    visits: visitsOf(log).map((visit) => {
      const mine = <T extends { stage: string; attempt: number }>(rows: readonly T[]): T[] =>
        rows.filter(({ stage, attempt }) => stage === visit.stage && attempt === visit.attempt);
      return {
        ...visit,
        runs: mine(view.runs).map((run) => ({ ...runOf(run), role: roleOf(visit.stage) })),
        verdicts: mine(view.verdicts).map((verdict) => verdictOf(verdict, mask)),
      };
    }),
  };
}

const roleOf = (stage: Stage): string =>
  stage in STAGE_RULES ? STAGE_RULES[stage as keyof typeof STAGE_RULES].role : '';

function runOf(run: RunRecord) {
  const { usage, progress } = run;
  const tokensIn = usage
    ? usage.inputTokens + usage.cacheReadTokens + usage.cacheCreationTokens
    : (progress?.tokensIn ?? 0);
  return {
    ended: run.status === 'ended' ? (run.class ?? 'ended') : run.status === 'queued' ? 'queued' : null,
    from: run.startedAt,
    until: run.endedAt,
    model: usage?.model ?? progress?.model ?? null,
    turns: usage?.turns ?? progress?.turns ?? 0,
    tokensIn,
    tokensOut: usage?.outputTokens ?? progress?.tokensOut ?? 0,
    costUsd: usage?.costUsd ?? progress?.costUsd ?? 0,
    host: run.host,
    hasLog: run.logPath !== null,
  };
}

/** Evidence comes from tools and agents, so secrets in it are masked. */
const verdictOf = (
  { step, outcome, reason, evidence, at }: VerdictRecord,
  mask: (text: string) => string,
): BoardVerdict => ({
  step,
  outcome,
  reason: mask(reason),
  evidence: JSON.parse(JSON.stringify(evidence), (_, value: unknown) =>
    typeof value === 'string' ? mask(value) : value,
  ) as Record<string, unknown>,
  at,
});
