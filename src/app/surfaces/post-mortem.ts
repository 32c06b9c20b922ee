import { readTaskHistory, type TaskHistory } from '../../db/task-history.ts';
import { gateOfStep } from '../../pipeline/plan.ts';
import type { TaskState } from '../../pipeline/task.ts';
import { WAITING_RULES, type WaitingKind } from '../../pipeline/waiting.ts';
import type { Parts } from '../parts.ts';

type Row = Readonly<Record<string, unknown>>;
const text = (value: unknown): string => (value === null || value === undefined ? '' : String(value));
const number = (value: unknown): number => (typeof value === 'number' ? value : 0);

/** Kept beside the reports when a task is done; an archive of the task brings it along. */
export function keepPostMortem(
  { house, redact, place }: Pick<Parts, 'house' | 'redact' | 'place'>,
  { id, wid, attempt }: TaskState,
): void {
  const history = readTaskHistory(house.db, wid);
  if (history === null) return;
  const content = redact(renderPostMortem(history));
  house.artefacts.put({ task: id, name: 'post-mortem.md', attempt, content, at: place.now() });
}

/**
 * What a finished task has to teach, from its own records and without a model: how long it took and why, what went back,
 * what people decided, what it cost, what became of the deploy. Markdown.
 */
export function renderPostMortem({ task, rows }: TaskHistory): string {
  const state = task.state as TaskState;
  const sections: [title: string, lines: readonly string[]][] = [
    ['What took how long', durations(rows.log)],
    [
      'What went back to the developer',
      state.bounces.map(({ cause, reason }) => `- ${cause}: ${oneLine(reason)}`),
    ],
    ['What gates did not let pass', refusals(rows.verdicts)],
    ['Runs and costs', costs(rows.runs)],
    ['What people decided', decisions(rows.log)],
    ['Deploys', deploys(rows.deploys, state)],
  ];
  const body = sections.flatMap(([title, lines]) => [
    '',
    `## ${title}`,
    '',
    ...(lines.length > 0 ? lines : ['Nothing.']),
  ]);
  return [`# Post-mortem of ${state.wid}: ${oneLine(state.title)}`, '', ...summary(state), ...body, ''].join(
    '\n',
  );
}

const oneLine = (value: string): string => value.replaceAll(/\s+/g, ' ').trim().slice(0, 300);
/** A cell of a table: what a person or a model wrote must not end it. */
const cell = (value: unknown): string => oneLine(text(value)).replaceAll('|', '\\|');
const row = (...cells: unknown[]): string => `| ${cells.map(cell).join(' | ')} |`;
const utc = (at: unknown): string =>
  `${new Date(number(at)).toISOString().slice(0, 16).replace('T', ' ')} UTC`;

function duration(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  if (minutes < 1) return `${Math.round(ms / 1000)} s`;
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.round(hours / 24)} d`;
}

function summary(state: TaskState): string[] {
  const { repo, branch, stage, createdAt, endedAt, landedSha, servedSha, watch } = state;
  const watched =
    watch === null ? 'not watched' : `${watch.state}${watch.rolledBack?.ok ? ', rolled back' : ''}`;
  return [
    `- ${repo}, branch \`${branch}\`, now ${stage}`,
    `- ${utc(createdAt)} to ${endedAt === null ? 'now' : utc(endedAt)}${endedAt === null ? '' : `, ${duration(endedAt - createdAt)}`}`,
    `- landed ${landedSha ?? 'nothing'}, served ${servedSha ?? 'unknown'}, ${watched}`,
  ];
}

/** `stage#attempt activity …` of the decision log. */
function placeOf(value: unknown): { stage: string; activity: string } {
  const [place = '', activity = ''] = text(value).split(' ');
  return { stage: place.split('#')[0] ?? '', activity };
}

const isPersons = (activity: string): boolean => WAITING_RULES[activity as WaitingKind]?.owner === 'you';

/** Time at work and time waiting for people, by stage, from one accepted event to the next. */
function durations(log: readonly Row[]): string[] {
  const spent = new Map<string, { work: number; people: number; other: number }>();
  const accepted = log.filter(({ accepted }) => accepted === 1);
  for (const [index, entry] of accepted.entries()) {
    const next = accepted[index + 1];
    if (next === undefined) continue;
    const { stage, activity } = placeOf(entry.to_state);
    const known = spent.get(stage) ?? { work: 0, people: 0, other: 0 };
    const kind = activity === 'working' ? 'work' : isPersons(activity) ? 'people' : 'other';
    spent.set(stage, { ...known, [kind]: known[kind] + number(next.at) - number(entry.at) });
  }
  const lines = [...spent].map(([stage, { work, people, other }]) =>
    row(stage, duration(work), duration(people), duration(other)),
  );
  return lines.length === 0
    ? []
    : ['| Stage | At work | For people | For others |', '|---|---|---|---|', ...lines];
}

function refusals(verdicts: readonly Row[]): string[] {
  return verdicts
    .filter(({ outcome, step }) => outcome !== 'passed' && gateOfStep(text(step)) !== null)
    .map(({ stage, attempt, step, outcome, reason }) => {
      const gate = gateOfStep(text(step));
      return `- ${text(stage)} #${text(attempt)}, ${gate}: ${text(outcome)}, ${oneLine(text(reason))}`;
    });
}

function costs(runs: readonly Row[]): string[] {
  const roles = new Map<string, { runs: number; unfinished: number; tokens: number; usd: number }>();
  for (const run of runs) {
    const usage = (run.usage ?? {}) as Row;
    const known = roles.get(text(run.role)) ?? { runs: 0, unfinished: 0, tokens: 0, usd: 0 };
    roles.set(text(run.role), {
      runs: known.runs + 1,
      unfinished: known.unfinished + (run.class === 'finished' ? 0 : 1),
      tokens: known.tokens + number(usage.inputTokens) + number(usage.outputTokens),
      usd: known.usd + number(run.cost_usd),
    });
  }
  if (roles.size === 0) return [];
  const lines = [...roles].map(([role, one]) =>
    row(role, one.runs, one.unfinished, one.tokens, `$${one.usd.toFixed(2)}`),
  );
  const total = [...roles.values()].reduce((sum, { usd }) => sum + usd, 0);
  const head = ['| Role | Runs | Not finished | Tokens | Cost |', '|---|---|---|---|---|'];
  return [...head, ...lines, '', `Together $${total.toFixed(2)}.`];
}

function decisions(log: readonly Row[]): string[] {
  return log
    .filter(({ kind, accepted }) => kind === 'command' && accepted === 1)
    .map(({ at, name, event }) => {
      const { actor, text: said } = (event ?? {}) as {
        actor?: { name?: string; surface?: string };
        text?: string;
      };
      const words = said ? `: ${oneLine(said)}` : '';
      return `- ${utc(at)} ${oneLine(text(actor?.name))} (${text(actor?.surface)}): ${text(name)}${words}`;
    });
}

function deploys(rows: readonly Row[], { watch }: TaskState): string[] {
  const lines = rows.map(({ created_at, kind, sha, state, result }) => {
    const { reason } = (result ?? {}) as { reason?: string };
    return `- ${utc(created_at)} ${text(kind)} of ${text(sha).slice(0, 7)}: ${text(state)}${reason ? `, ${oneLine(reason)}` : ''}`;
  });
  const watched =
    watch === null ? [] : [`- watch: ${watch.state}, ${watch.failed} of ${watch.ticks} checks failed`];
  return [...lines, ...watched];
}
