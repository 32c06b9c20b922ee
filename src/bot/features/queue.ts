import type { RunView } from '../../pipeline/view.ts';
import { ownerOf } from '../../pipeline/waiting.ts';
import { scopeOf } from '../access.ts';
import { type Ask, OK, type Outcome, say } from '../ask.ts';
import type { ButtonRows } from '../buttons.ts';
import { chatRowOf } from '../chat-row.ts';
import type { Command } from '../command.ts';
import { stageLabel } from '../facts.ts';
import { cut, type Line } from '../markup.ts';
import type { QueueState } from '../ports.ts';
import { NO_PROJECT, projectOf } from '../project-ref.ts';
import { roleOf, shortSentence } from '../sentence.ts';
import type { Texts } from '../texts.ts';

const ROWS_MAX = 30;
const ICONS: Readonly<Record<string, string>> = {
  dependency: '⛓',
  frozen: '🧊',
  limit: '🌙',
  blocked: '🚧',
  hold: '🚧',
};

const needsYou = ({ now }: RunView): boolean =>
  now.kind !== 'queued' && now.kind !== 'working' && ownerOf(now) === 'you';

/** Running first, then what needs a person, then by priority and age (VIEW-1). */
const rank = (view: RunView): number => {
  if (view.now.kind === 'working') return 0;
  return needsYou(view) ? 1 : 2;
};
const byUrgency = (a: RunView, b: RunView): number =>
  rank(a) - rank(b) || a.task.priority - b.task.priority || a.now.since - b.now.since;

function row(view: RunView, texts: Texts): Line {
  const { task, now } = view;
  const age = texts.duration(view.at - now.since);
  if (now.kind === 'working') {
    const turns = view.runs.at(-1)?.progress?.turns ?? 0;
    const turn = turns > 0 ? ` · ${texts.t('card-turn', { n: turns })}` : '';
    return [`▶️ ${task.wid} ${stageLabel(task.stage)} (${roleOf(view)}) ${age}${turn}`];
  }
  const icon = ICONS[now.kind] ?? (needsYou(view) ? '🙋' : '⏳');
  return [`${icon} ${task.wid} ${cut(shortSentence(view, texts), 80)}, ${age}`];
}

function headLines(state: QueueState, texts: Texts, now: number): Line[] {
  const { agents, breaker, paused, counts } = state;
  const open = breaker.open && breaker.until !== null;
  const fuse = open
    ? texts.t('queue-breaker-open', { time: texts.clock(breaker.until ?? now, now), n: breaker.errors })
    : texts.t('queue-breaker-closed');
  const by = paused ? `${texts.t('word-yes')} (${paused.by})` : texts.t('word-no');
  return [
    [texts.t('queue-head', { busy: agents.busy, max: agents.max, breaker: fuse, paused: by })],
    [texts.t('queue-counts', counts)],
  ];
}

/** Leads to the board, where a phone chat is too small; inside Telegram's private chats as a Mini App. */
function boardButton({ house: { env }, chat, texts }: Ask): ButtonRows {
  const url = env.settings.boardUrl;
  if (url === null) return [];
  const app = chatRowOf(env, chat).kind === 'private' && url.startsWith('https:');
  return [[{ text: texts.t('btn-board'), url, app }]];
}

/** The queue view; refresh edits the same message (VIEW-1). */
export async function sendQueue(ask: Ask, repo: string | null, edit: number | null = null): Promise<Outcome> {
  const { texts, user, at } = ask;
  const { control } = ask.house.env;
  const scope = repo === null ? scopeOf(user) : [repo];
  const state = control.queue(scope);
  const query = {
    filter: 'open' as const,
    repo,
    scope: scopeOf(user),
    user: String(user.id),
    offset: 0,
    limit: 200,
  };
  const views = [...control.list(query).views].sort(byUrgency);
  const connection = ask.house.connection();
  const lines: Line[] = [
    ...headLines(state, texts, at),
    ...views.slice(0, ROWS_MAX).map((view) => row(view, texts)),
    ...(views.length === 0 ? [[texts.t('queue-empty')]] : []),
    ...state.freezes.map(
      (freeze): Line => [texts.t('queue-frozen', { ...freeze, reason: cut(freeze.reason, 120) })],
    ),
    ...(state.limitUntil === null
      ? []
      : [[texts.t('queue-limit', { time: texts.clock(state.limitUntil, at) })]]),
    ...(connection === 'ok' ? [] : [[texts.t('queue-chat', { state: connection })]]),
  ];
  const payload = JSON.stringify(repo === null ? {} : { repo });
  const toggle = state.paused
    ? { text: texts.t('btn-resume'), action: 'resume' as const, payload }
    : { text: texts.t('btn-pause'), action: 'pause' as const, payload };
  const buttons: ButtonRows = [
    [
      toggle,
      { text: texts.t('btn-refresh'), action: 'queue', payload },
      { text: texts.t('btn-needs-you'), action: 'needs-you' },
    ],
    ...boardButton(ask),
  ];
  const message = await say(ask, lines, { buttons, edit });
  if (message !== null) ask.house.env.store.putMemo(`queue.${ask.chat}.${message}`, '1');
  return OK;
}

/** Whether a message shows the queue, so that refreshing edits it. */
export const isQueueMessage = (ask: Ask, message: number | null): boolean =>
  ask.house.env.store.memo(`queue.${ask.chat}.${message}`) === '1';

async function queue(ask: Ask, args: string): Promise<Outcome> {
  const project = args === '' ? null : await projectOf(ask, args);
  if (args !== '' && project === null) return NO_PROJECT;
  return sendQueue(ask, project?.repo ?? ask.repo);
}

export const QUEUE_COMMANDS: readonly Command[] = [
  {
    name: 'queue',
    role: 'viewer',
    group: 'look',
    args: '[project]',
    example: '/queue',
    changes: false,
    run: queue,
  },
];
