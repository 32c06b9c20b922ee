import type { Stage } from '../../pipeline/stages.ts';
import type { RunView } from '../../pipeline/view.ts';
import { type Ask, OK, type Outcome, say } from '../ask.ts';
import type { ButtonRows } from '../buttons.ts';
import { bindingOf } from '../keyboard.ts';
import { cut, type Line, linesText, oneLine } from '../markup.ts';
import type { HistoryEntry } from '../ports.ts';
import type { Texts } from '../texts.ts';

const PAGE = 20;
const ALL = 100_000;
const LOG_LINES_MAX = 2000;
const LOG_BYTES_MAX = 10 * 1024 * 1024;
const REASON_MAX = 160;

const entryLine = (entry: HistoryEntry, texts: Texts, now: number): Line => {
  const result = entry.accepted ? entry.to : '✗';
  const reason = entry.reason === '' ? '' : `: ${cut(oneLine(entry.reason), REASON_MAX)}`;
  const actor = entry.actor ?? texts.t('word-system');
  return [`${texts.clock(entry.at, now)} ${actor} ${entry.event} → ${result}${reason}`];
};

/** Newest 20 decisions of a task; older by ▶, all as a document (VIEW-5). */
export async function sendHistory(
  ask: Ask,
  view: RunView,
  offset: number,
  edit: number | null = null,
): Promise<Outcome> {
  const { texts, at } = ask;
  const { entries, total } = ask.house.env.control.history(view.task.id, { offset, limit: PAGE });
  const bind = bindingOf(view);
  const turn = (text: string, to: number) => ({
    text,
    action: 'page' as const,
    payload: JSON.stringify({ of: 'history', offset: to, task: view.task.id }),
  });
  const buttons: ButtonRows = [
    [
      ...(offset > 0 ? [turn('◀', Math.max(0, offset - PAGE))] : []),
      ...(offset + PAGE < total ? [turn('▶', offset + PAGE)] : []),
      ...(total > PAGE
        ? [{ text: texts.t('btn-full-log'), action: 'full-log' as const, payload: String(view.task.id) }]
        : []),
    ],
  ].filter((row) => row.length > 0);
  const args = { wid: view.task.wid, from: offset + 1, to: offset + entries.length, total };
  const lines =
    entries.length === 0
      ? [[texts.t('history-empty')]]
      : [[texts.t('history-title', args)], ...entries.map((entry) => entryLine(entry, texts, at))];
  await say(ask, lines, { buttons, edit });
  return { ...OK, binding: bind };
}

/** The whole decision log as a document. */
export async function sendFullHistory(ask: Ask, view: RunView): Promise<Outcome> {
  const { entries } = ask.house.env.control.history(view.task.id, { offset: 0, limit: ALL });
  const text = linesText(entries.map((entry) => entryLine(entry, ask.texts, ask.at)));
  await ask.house.sender.document(ask, `${view.task.wid}-history.txt`, text);
  return { ...OK, binding: bindingOf(view) };
}

/** Above 10 MB the head is cut, and the file says so (VIEW-6). */
function withoutHead(text: string, texts: Texts): string {
  const bytes = Buffer.from(text, 'utf8');
  if (bytes.length <= LOG_BYTES_MAX) return text;
  return `${texts.t('log-cut')}\n${bytes.subarray(-LOG_BYTES_MAX).toString('utf8')}`;
}

/** Tail of a run log as a document (VIEW-6). */
export async function sendLog(
  ask: Ask,
  view: RunView,
  wanted: { stage: Stage | null; lines: number },
): Promise<Outcome> {
  const lines = Math.min(Math.max(1, wanted.lines), LOG_LINES_MAX);
  const tail = await ask.house.env.control.logTail(view.task.id, wanted.stage, lines);
  if (tail === null || tail.text === '') {
    await say(ask, ask.texts.t('reply-no-log', { wid: view.task.wid }));
    return { result: 'no-log', binding: bindingOf(view) };
  }
  const text = withoutHead(tail.text, ask.texts);
  await ask.house.sender.document(ask, `${tail.wid}-${tail.stage}-${tail.attempt}.log`, text);
  return { ...OK, binding: bindingOf(view) };
}
