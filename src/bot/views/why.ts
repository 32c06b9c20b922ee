import type { RunView } from '../../pipeline/view.ts';
import { WAITING_RULES } from '../../pipeline/waiting.ts';
import { type ButtonOptions, cardButtons } from '../cards/card-buttons.ts';
import { liveLine } from '../cards/live.ts';
import { cut, type Line, linesText, oneLine } from '../markup.ts';
import { sentence, waitOf } from '../sentence.ts';
import type { Texts } from '../texts.ts';

const REASON_MAX = 300;

function runningFacts(view: RunView, texts: Texts): string[] {
  const { now, task, at } = view;
  if (now.kind !== 'working') return [];
  const args = {
    n: task.attempt,
    elapsed: texts.duration(at - now.since),
    time: texts.clock(now.deadline, at),
  };
  const live = liveLine(view, texts, Number.POSITIVE_INFINITY);
  const words = live
    ? [texts.t('why-activity', { activity: linesText([live]).replace(/^\s*↳\s*/, '') })]
    : [];
  return [texts.t('why-running', args), ...words];
}

function facts(view: RunView, texts: Texts): string[] {
  const { task, verdicts, maxBounces } = view;
  const last = verdicts.at(-1);
  const verdict = last
    ? texts.t('why-verdict', {
        step: last.step,
        outcome: last.outcome,
        reason: cut(oneLine(last.reason), REASON_MAX),
      })
    : null;
  const wait = waitOf(view.now);
  return [
    ...runningFacts(view, texts),
    ...(wait?.reason ? [cut(oneLine(wait.reason), REASON_MAX)] : []),
    ...(task.bounces.length > 0 ? [texts.t('why-bounces', { k: task.bounces.length, max: maxBounces })] : []),
    ...(verdict ? [verdict] : []),
  ];
}

/** Why a task is where it is: the sentence, the facts, what comes next, what one may do (VIEW-4). */
export function whyLines(view: RunView, texts: Texts, options: ButtonOptions): Line[] {
  const wait = waitOf(view.now);
  const known = facts(view, texts);
  const next = wait
    ? texts.t(`why-deadline-${WAITING_RULES[wait.kind].onDeadline}`, {
        time: texts.clock(wait.deadline, view.at),
      })
    : null;
  const choices = cardButtons(view, texts, options)
    .flat()
    .flatMap((button) => ('url' in button || button.action === 'why' ? [] : [button.text]));
  return [
    [{ bold: view.task.wid }, ` ${sentence(view, texts)}`],
    ...(known.length > 0 ? [[texts.t('why-facts', { facts: known.join('; ') })]] : []),
    ...(next ? [[texts.t('why-next', { what: next })]] : []),
    ...(choices.length > 0 ? [[texts.t('why-you', { what: choices.join(' · ') })]] : []),
  ];
}
