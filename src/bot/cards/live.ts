import type { RunView } from '../../pipeline/view.ts';
import * as format from '../format.ts';
import { cut, cutLeft, type Line, oneLine } from '../markup.ts';
import type { Texts } from '../texts.ts';

const ACTIVITY_MAX = 60;

function activityWords(view: RunView, texts: Texts, idleMs: number): string | null {
  const progress = view.runs.at(-1)?.progress ?? null;
  if (!progress) return null;
  const silence = view.at - progress.at;
  if (silence >= idleMs) return texts.t('card-idle', { n: Math.floor(silence / 60_000) });
  const verb = progress.activity?.verb ?? 'thinking';
  const object = oneLine(progress.activity?.object ?? '');
  const word = texts.has(`verb-${verb}`) ? texts.t(`verb-${verb}`) : cut(verb, 20);
  if (object === '') return word;
  const room = ACTIVITY_MAX - word.length - 1;
  return `${word} ${object.includes('/') ? cutLeft(object, room) : cut(object, room)}`;
}

/** The line under a running row (CARD-8); null when no agent of this attempt runs. */
export function liveLine(view: RunView, texts: Texts, idleMs: number): Line | null {
  const { task, now } = view;
  const run = view.runs.at(-1);
  if (now.kind !== 'working' || now.step !== 'agent') return null;
  if (!run || run.stage !== task.stage || run.attempt !== task.attempt || run.status !== 'running')
    return null;
  const words = activityWords(view, texts, idleMs);
  if (words === null) return null;
  const { turns, costUsd, estimated } = run.progress ?? { turns: 0, costUsd: null, estimated: false };
  const parts = [
    words,
    texts.duration(run.startedAt === null ? null : view.at - run.startedAt),
    ...(turns > 0 ? [texts.t('card-turn', { n: turns })] : []),
    ...(costUsd === null ? [] : [format.cost(costUsd, estimated)]),
  ];
  return [`   ↳ ${parts.join(' · ')}`];
}
