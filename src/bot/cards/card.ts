import { isTerminal } from '../../pipeline/stages.ts';
import type { RunView } from '../../pipeline/view.ts';
import { cut, type Line, linesHtml, linesText, oneLine } from '../markup.ts';
import { sentence } from '../sentence.ts';
import type { Texts } from '../texts.ts';
import { type Detail, type Row, stageRows } from './rows.ts';
import { doneLines, flagLines, moneyLines, watchLines } from './totals.ts';

/** CARD-16. */
export const CARD_MAX = 3500;
const BAR: Line = ['━'.repeat(22)];
const TITLE_MAX = 80;

export interface CardOptions {
  /** Silence of an agent after which `no output` is shown (`ORCH_ACTIVITY_IDLE_S`), milliseconds. */
  idleMs: number;
}

export interface Card {
  lines: readonly Line[];
  /** The same without what only live activity changes; equal cores differ in liveliness only (PUB-3). */
  core: string;
}

type HeadState = 'active' | 'blocked' | 'stopping' | 'cancelled' | 'done' | 'degraded' | 'rolled-back';

/** Which head a task wears (CARD-4). */
export function headState({ task, now, watch }: RunView): HeadState {
  if (isTerminal(task.stage)) {
    if (watch?.rolledBack?.ok) return 'rolled-back';
    return watch?.state === 'DEGRADED' ? 'degraded' : task.stage;
  }
  if (now.kind === 'stopping') return 'stopping';
  return now.kind === 'blocked' || now.kind === 'hold' ? 'blocked' : 'active';
}

function headLine(view: RunView, texts: Texts): Line {
  const { wid } = view.task;
  const title = oneLine(view.task.title);
  const name = title === '' ? wid : `${wid} · ${cut(title, TITLE_MAX)}`;
  return [texts.t(`head-${headState(view)}`, { name })];
}

function sentenceLines(view: RunView, texts: Texts): Line[] {
  const { kind } = view.now;
  if (kind === 'working' || kind === 'ended') return [];
  const icon = kind === 'blocked' || kind === 'hold' ? '🚧' : '⏳';
  return [[`${icon} ${sentence(view, texts)}`]];
}

function assemble(view: RunView, texts: Texts, rows: readonly Row[]): Line[] {
  return [
    headLine(view, texts),
    BAR,
    ...rows.map((row) => row.line),
    BAR,
    ...sentenceLines(view, texts),
    ...flagLines(view, texts),
    ...moneyLines(view, texts),
    ...watchLines(view, texts),
    ...doneLines(view, texts),
  ];
}

/** Rows with the oldest `dropped` finished ones replaced by one line. */
function withoutOldest(rows: readonly Row[], dropped: number, texts: Texts): Row[] {
  let left = dropped;
  const kept = rows.filter((row) => !(row.finished && left-- > 0));
  return [{ line: [texts.t('card-earlier', { n: dropped })], finished: false }, ...kept];
}

/** Ever shorter versions of the card, in the order of CARD-16. */
function* versions(view: RunView, texts: Texts, options: CardOptions): Generator<Line[]> {
  const detail: Detail = { live: true, models: true, costs: true, idleMs: options.idleMs };
  yield assemble(view, texts, stageRows(view, texts, detail));
  for (const drop of ['live', 'models', 'costs'] as const) {
    detail[drop] = false;
    yield assemble(view, texts, stageRows(view, texts, detail));
  }
  const rows = stageRows(view, texts, detail);
  for (let n = 1; n <= rows.filter((row) => row.finished).length; n++) {
    yield assemble(view, texts, withoutOldest(rows, n, texts));
  }
}

function fittingLines(view: RunView, texts: Texts, options: CardOptions): Line[] {
  let last: Line[] = [];
  for (const lines of versions(view, texts, options)) {
    last = lines;
    if (linesHtml(lines).length <= CARD_MAX) return lines;
  }
  return last.map((line): Line => (linesHtml([line]).length > 400 ? [cut(linesText([line]), 400)] : line));
}

/** The card of a task, at most 3500 characters as Telegram HTML; pure (CARD-2). */
export function renderCard(view: RunView, texts: Texts, options: CardOptions): Card {
  const bare = stageRows(view, texts, { live: false, models: true, costs: true, idleMs: options.idleMs });
  const core = [headLine(view, texts), ...bare.map((row) => row.line), ...sentenceLines(view, texts)];
  return { lines: fittingLines(view, texts, options), core: linesText(core) };
}

/** The same card for a terminal. */
export const renderCardText = (view: RunView, texts: Texts, options: CardOptions): string =>
  linesText(fittingLines(view, texts, options));
