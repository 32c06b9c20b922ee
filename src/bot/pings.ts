import type { PingKind } from '../pipeline/effects.ts';
import type { RunView } from '../pipeline/view.ts';
import type { PingRow } from './chat-store.ts';
import { confirmLines } from './confirm-lines.ts';
import { estimateLine } from './estimate-line.ts';
import { factArgs, viewArgs } from './facts.ts';
import * as format from './format.ts';
import { cut, type Line, textLines } from './markup.ts';
import { causeWords, sentence, waitOf } from './sentence.ts';
import type { Texts } from './texts.ts';

const REASON_MAX = 300;
const QUESTIONS_MAX = 1500;
const LOG_MAX = 600;

/** Kinds whose text names Plane when the project is tracked there (PING-4). */
const PLANE_TEXTS: ReadonlySet<PingKind> = new Set(['approve', 'questions', 'confirm']);
/** Kinds that show the links of LINK-1. */
const LINKED: ReadonlySet<PingKind> = new Set([
  'approve',
  'questions',
  'confirm',
  'confirm-again',
  'pr-review',
]);

function pingKey(kind: PingKind, params: PingRow['params'], view: RunView | null): string {
  if (kind === 'auto') return params.what === 'approved' ? 'ping-auto-approve' : 'ping-auto-deploy';
  if (kind === 'not-stopped' && pgidOf(params, view) === null) return 'ping-not-stopped-host';
  const merges = kind === 'confirm' && view?.project.deploy === 'none' ? '-merge' : '';
  const plane = PLANE_TEXTS.has(kind) && view?.project.tracker === 'plane' ? '-plane' : '';
  return `ping-${kind}${merges}${plane}`;
}

function argsOf(row: PingRow, view: RunView | null, texts: Texts, now: number): Record<string, string> {
  const { params } = row;
  const args: Record<string, string> = {
    wid: texts.t('word-system'),
    ...(view ? viewArgs(view, texts) : {}),
    ...factArgs(params, texts, now),
  };
  if (args.reason !== undefined) args.reason = cut(args.reason, REASON_MAX);
  args.min = args.min ?? args.n ?? '—';
  return { ...args, ...ofKind(row, view, { args, texts, now }) };
}

interface KindParts {
  args: Readonly<Record<string, string>>;
  texts: Texts;
  now: number;
}

/** A word of the machine in the reader's language; what a gate says itself stays as it is. */
function known(family: 'how' | 'why', word: unknown, texts: Texts): string {
  const key = `${family}-${word}`;
  if (typeof word === 'string' && word !== '') return texts.has(key) ? texts.t(key) : cut(word, REASON_MAX);
  return texts.t(`${family}-unknown`);
}

/** Process group that could not be ended: what the machine says, else that of the newest run. */
function pgidOf({ pgid }: PingRow['params'], view: RunView | null): string | null {
  const known = pgid ?? view?.runs.findLast(({ host }) => host !== null)?.progress?.pgid ?? null;
  return known === null ? null : String(known);
}

/** Host of the newest run that was started. */
const hostOf = (view: RunView | null): string | null =>
  view?.runs.findLast(({ host }) => host !== null)?.host ?? null;

/** Words that only some kinds have, or that the machine leaves to the surface. */
function ofKind(row: PingRow, view: RunView | null, { args, texts, now }: KindParts): Record<string, string> {
  const { params } = row;
  const wait = view && waitOf(view.now);
  switch (row.ping) {
    case 'cannot-verify':
      return { how: known('how', params.how, texts) };
    case 'deploy-failed':
      return { prev7: args.prev7 ?? format.sha7(view?.previousServedSha) };
    case 'deploy-failed-no-rollback':
      return { why: known('why', params.why, texts) };
    case 'not-stopped':
      return {
        host: args.host ?? hostOf(view) ?? texts.t('word-this-host'),
        pgid: pgidOf(params, view) ?? '—',
      };
    case 'blocked':
      return { words: causeWords(String(params.cause ?? ''), args, texts) };
    case 'error':
      return { text: cut(String(params.text ?? params.reason ?? ''), REASON_MAX) };
    case 'rolled-back':
      return { prev7: args.sha7 ?? '—' };
    case 'secrets-found':
      return { n: args.n ?? '1+' };
    case 'agent-retrying':
      return wait ? { when: args.when ?? texts.clock(wait.deadline, now) } : {};
    case 'reminder':
      return view ? { sentence: sentence(view, texts) } : {};
    case 'done':
      return view ? { cost: format.cost(view.money.spentUsd, view.money.estimated) } : {};
    case 'budget': {
      const cap = view?.money.taskCapUsd;
      return { cap: args.cap ?? (cap ? format.cost(cap) : (args.reason ?? '—')) };
    }
    default:
      return {};
  }
}

/** What stands below the sentence of some kinds. */
function detailLines(row: PingRow): Line[] {
  const { params } = row;
  if (row.ping === 'questions') return textLines(cut(String(params.text ?? ''), QUESTIONS_MAX));
  if (row.ping !== 'agent-failed') return [];
  const tail = String(params.log ?? '').slice(-LOG_MAX);
  return [[`exit_code=${params.exitCode ?? '—'}`], ...(tail === '' ? [] : textLines(tail))];
}

function linkLines(row: PingRow, view: RunView | null, texts: Texts): Line[] {
  if (!view || !LINKED.has(row.ping as PingKind)) return [];
  const { links, project } = view;
  const wanted: [string, string | null][] = [
    ['link-brd', row.ping === 'approve' ? links.brd : null],
    ['link-pr', row.ping === 'approve' ? null : links.pr],
    ['link-diff', row.ping.startsWith('confirm') ? links.diff : null],
    ['link-issue', project.tracker === 'plane' ? links.issue : null],
  ];
  const lines = wanted.flatMap(([key, url]): Line[] => (url ? [[{ link: texts.t(key), url }]] : []));
  return lines.length > 0 ? [[''], ...lines] : [];
}

/** What a person weighs before deciding. */
function askedLines({ ping }: PingRow, view: RunView, texts: Texts): Line[] {
  if (ping === 'approve') return estimateLine(view, texts);
  return ping.startsWith('confirm') ? confirmLines(view, texts) : [];
}

/** The text of a ping; the mention of who should look comes first (PING-5). */
export function renderPing(
  row: PingRow,
  view: RunView | null,
  options: { texts: Texts; now: number; mention: Line | null },
): Line[] {
  const { texts, now, mention } = options;
  const text = texts.t(pingKey(row.ping as PingKind, row.params, view), argsOf(row, view, texts, now));
  const [first, ...rest] = textLines(text);
  const lead: Line = [...(first ?? ['']), ...(mention ? [' ', ...mention] : [])];
  const asked = view ? askedLines(row, view, texts) : [];
  return [lead, ...rest, ...asked, ...detailLines(row), ...linkLines(row, view, texts)];
}

/** One line in place of a ping whose cause is gone (ORD-3). */
export function renderDelayed(row: PingRow, view: RunView | null, texts: Texts, now: number): Line[] {
  const text = texts.t(pingKey(row.ping as PingKind, row.params, view), argsOf(row, view, texts, now));
  const args = { dur: texts.duration(now - row.createdAt), text: cut(text.split('\n')[0] ?? '', REASON_MAX) };
  return [[texts.t('ping-delayed', args)]];
}
