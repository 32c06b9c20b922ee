import { isWorkStage, STAGES } from '../../pipeline/stages.ts';
import type { RunView } from '../../pipeline/view.ts';
import { stageLabel } from '../facts.ts';
import { cost } from '../format.ts';
import { cut, type Line, oneLine } from '../markup.ts';
import type { Texts } from '../texts.ts';

const REASON_MAX = 200;

/** What happened to a task, after its end: stages, returns, verdicts, waits, cost (VIEW-8). */
export function mortemLines(view: RunView, texts: Texts): Line[] {
  const { task, verdicts, money } = view;
  const stages = STAGES.filter(isWorkStage).flatMap((stage): Line[] => {
    const attempts = task.attempts[stage];
    return attempts === undefined ? [] : [[`${stageLabel(stage)}: ${attempts}`]];
  });
  const bounces = task.bounces.map((bounce): Line => {
    const reason = cut(oneLine(bounce.reason), REASON_MAX);
    return [texts.t('mortem-bounce', { stage: stageLabel(bounce.stage), n: bounce.attempt, reason })];
  });
  const judged = verdicts.map((verdict): Line => {
    const { step, outcome, stage, attempt } = verdict;
    const reason = cut(oneLine(verdict.reason), REASON_MAX);
    return [texts.t('mortem-verdict', { stage: stageLabel(stage), n: attempt, step, outcome, reason })];
  });
  const waits = Object.entries(task.waited)
    .map(([owner, ms]) => `${texts.t(`owner-${owner.replace(' ', '-')}`)} ${texts.duration(ms)}`)
    .join(' · ');
  return [
    [{ bold: texts.t('mortem-title', { wid: task.wid }) }],
    ...stages,
    ...bounces,
    ...judged,
    ...(waits === '' ? [] : [[texts.t('mortem-waits', { waits })]]),
    [`💰 ${cost(money.spentUsd, money.estimated)}`],
  ];
}
