import { isTerminal, STAGES, type Stage } from '../../pipeline/stages.ts';
import type { RunView } from '../../pipeline/view.ts';
import { ownerOf } from '../../pipeline/waiting.ts';
import { scopeOf } from '../access.ts';
import { type Ask, OK, type Outcome, say } from '../ask.ts';
import type { ButtonRows } from '../buttons.ts';
import type { Command } from '../command.ts';
import { stageLabel } from '../facts.ts';
import { bindingOf } from '../keyboard.ts';
import { cut, type Line, oneLine } from '../markup.ts';
import type { TaskFilter } from '../ports.ts';
import { NO_PROJECT, projectOf } from '../project-ref.ts';
import { shortSentence } from '../sentence.ts';
import type { Texts } from '../texts.ts';
import { whyLines } from '../views/why.ts';
import { taskCommand } from './decide.ts';
import { sendHistory, sendLog } from './records.ts';

const PAGE = 10;
const look = { role: 'viewer', group: 'look', changes: false } as const;
const FILTERS: readonly TaskFilter[] = ['open', 'mine', 'waiting', 'running', 'blocked', 'done'];

const ENDED = { done: '🎉', cancelled: '🛑' } as const;

/** Icon of a task in lists (VIEW-3). */
export function iconOf({ task, now }: RunView): string {
  if (isTerminal(task.stage)) return ENDED[task.stage];
  if (now.kind === 'blocked' || now.kind === 'hold') return '🚧';
  if (now.kind === 'working') return '▶️';
  return now.kind !== 'queued' && ownerOf(now) === 'you' ? '🙋' : '⏳';
}

/** One row of `/tasks` (VIEW-3). */
export function taskRow(view: RunView, texts: Texts): Line {
  const { task, now } = view;
  const waits = now.kind !== 'working' && now.kind !== 'ended';
  const short = waits ? ` · ${cut(shortSentence(view, texts), 60)}` : '';
  const age = texts.duration(view.at - now.since);
  const title = cut(oneLine(task.title), 40);
  return [`${iconOf(view)} ${task.wid} ${stageLabel(task.stage)}${short} · ${age} — ${title}`];
}

export interface TasksPage {
  repo: string | null;
  filter: TaskFilter;
  offset: number;
}

/** One page of the task list, with its turning buttons. */
export async function sendTasks(ask: Ask, page: TasksPage, edit: number | null = null): Promise<Outcome> {
  const { texts, user } = ask;
  const query = { ...page, scope: scopeOf(user), user: String(user.id), limit: PAGE };
  const { views, total } = ask.house.env.control.list(query);
  const turn = (text: string, offset: number) => ({
    text,
    action: 'page' as const,
    payload: JSON.stringify({ of: 'tasks', ...page, offset }),
  });
  const buttons: ButtonRows = [
    [
      ...(page.offset > 0 ? [turn('◀', Math.max(0, page.offset - PAGE))] : []),
      ...(page.offset + PAGE < total ? [turn('▶', page.offset + PAGE)] : []),
    ],
  ].filter((row) => row.length > 0);
  const filter = texts.t(`filter-${page.filter}`);
  const args = { filter, from: page.offset + 1, to: page.offset + views.length, total };
  const lines: Line[] =
    views.length === 0
      ? [[texts.t('tasks-empty')]]
      : [[texts.t('tasks-title', args)], ...views.map((view) => taskRow(view, texts))];
  await say(ask, lines, { buttons, edit });
  return OK;
}

async function tasks(ask: Ask, args: string): Promise<Outcome> {
  const words = args.split(/\s+/).filter(Boolean);
  const filter = FILTERS.find((name) => words.some((word) => word.toLowerCase() === name)) ?? 'open';
  const named = words.find((word) => !FILTERS.includes(word.toLowerCase() as TaskFilter));
  const project = named === undefined ? null : await projectOf(ask, named);
  if (named !== undefined && project === null) return NO_PROJECT;
  return sendTasks(ask, { repo: project?.repo ?? ask.repo, filter, offset: 0 });
}

async function task(ask: Ask, view: RunView): Promise<Outcome> {
  await ask.house.publisher.repost(view.task.id, ask.chat);
  const links = Object.entries({
    'link-brd': view.links.brd,
    'link-pr': view.links.pr,
    'link-diff': view.links.diff,
  });
  const lines = links.flatMap(([key, url]): Line[] => (url ? [[{ link: ask.texts.t(key), url }]] : []));
  const ended = isTerminal(view.task.stage);
  const mortem = {
    text: ask.texts.t('btn-post-mortem'),
    action: 'post-mortem' as const,
    bind: bindingOf(view),
  };
  const buttons: ButtonRows = ended ? [[mortem]] : [];
  if (lines.length > 0 || ended) {
    const title: Line[] = lines.length > 0 ? lines : [[view.task.wid]];
    await say(ask, title, { buttons, silent: true });
  }
  return { ...OK, binding: bindingOf(view) };
}

async function why(ask: Ask, view: RunView): Promise<Outcome> {
  await say(ask, whyLines(view, ask.texts, ask.house.env.settings));
  return { ...OK, binding: bindingOf(view) };
}

async function log(ask: Ask, view: RunView, rest: string): Promise<Outcome> {
  const words = rest.split(/\s+/).filter(Boolean);
  const stage = words.find((word) => STAGES.includes(word as Stage)) as Stage | undefined;
  const lines = Number(words.find((word) => /^\d+$/.test(word)) ?? 200);
  return sendLog(ask, view, { stage: stage ?? null, lines });
}

/** Reading commands about tasks. */
export const LOOK_COMMANDS: readonly Command[] = [
  {
    ...look,
    group: 'work',
    name: 'tasks',
    args: '[project] [mine|waiting|running|blocked|done]',
    example: '/tasks waiting',
    run: tasks,
  },
  taskCommand({ ...look, group: 'work', name: 'task', example: '/task ORCH-042' }, task),
  taskCommand({ ...look, name: 'why', example: '/why ORCH-042' }, why),
  taskCommand({ ...look, name: 'history', example: '/history ORCH-042' }, (ask, view) =>
    sendHistory(ask, view, 0),
  ),
  taskCommand(
    {
      ...look,
      role: 'operator',
      name: 'log',
      args: '<task> [stage] [lines]',
      example: '/log ORCH-042 testing 500',
    },
    log,
  ),
];
