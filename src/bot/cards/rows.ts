import {
  isDelivered,
  isStopped,
  isTerminal,
  isWorkStage,
  returnsTo,
  STAGE_RULES,
  STAGES,
  type Stage,
  stageIndex,
  type WorkStage,
} from '../../pipeline/stages.ts';
import type { Clock } from '../../pipeline/task.ts';
import type { RunRecord, RunView } from '../../pipeline/view.ts';
import { isWaiting } from '../../pipeline/waiting.ts';
import { stageLabel } from '../facts.ts';
import * as format from '../format.ts';
import { cut, type Line, oneLine } from '../markup.ts';
import { causeWords, stepName } from '../sentence.ts';
import type { Texts } from '../texts.ts';
import { liveLine } from './live.ts';

const LABEL_WIDTH = 13;
const WORK_STAGES: readonly WorkStage[] = STAGES.filter(isWorkStage);

/** What a too long card leaves out (CARD-16). */
export interface Detail {
  live: boolean;
  models: boolean;
  costs: boolean;
  idleMs: number;
}

export interface Row {
  line: Line;
  finished: boolean;
}

const label = (text: string): { code: string } => ({ code: text.padEnd(LABEL_WIDTH) });

const newestRun = (view: RunView, stage: WorkStage): RunRecord | undefined => {
  const runs = view.runs.filter((run) => run.stage === stage && run.status === 'ended');
  return runs.findLast((run) => run.class === 'finished') ?? runs.at(-1);
};

/** The stage the card stands at; a stopped task stands where it ran last. */
function standsAt(view: RunView): Stage {
  const { task } = view;
  if (!isStopped(task.stage)) return task.failedStage ?? task.stage;
  const entered = WORK_STAGES.filter((stage) => task.attempts[stage] !== undefined);
  return view.runs.at(-1)?.stage ?? entered.at(-1) ?? task.stage;
}

/** The stage that sent the task back and has not started again (CARD-6). */
function returner(view: RunView): Stage | null {
  const { task } = view;
  const behind = (stage: Stage) => stageIndex(stage) > stageIndex(task.stage) && !isTerminal(task.stage);
  const bounce = task.bounces.findLast((entry) => behind(entry.stage));
  const reject = task.words.findLast((word) => word.kind === 'reject' && behind(word.stage));
  const newest = (bounce?.at ?? -1) >= (reject?.at ?? -1) ? bounce : reject;
  if (newest) return newest.stage;
  const from = task.analysisReturns > 0 ? returnsTo(task.stage) : undefined;
  return from !== undefined && task.attempts[from] !== undefined ? from : null;
}

function finishedRow(view: RunView, stage: WorkStage, texts: Texts, detail: Detail): Line {
  const run = newestRun(view, stage);
  if (!run?.usage) return ['✅ ', label(stageLabel(stage)), ` ${bareDuration(view, stage, run, texts)}`];
  const { usage } = run;
  const input = usage.inputTokens + usage.cacheReadTokens + usage.cacheCreationTokens;
  const fallback =
    usage.model !== null && usage.requestedModel ? !usage.model.includes(usage.requestedModel) : false;
  const model = usage.model && detail.models ? format.modelName(usage.model) : null;
  const parts = [
    texts.duration(runMs(run)),
    `${format.tokens(input)}↓/${format.tokens(usage.outputTokens)}↑`,
    ...(detail.costs ? [format.cost(usage.costUsd, usage.estimated)] : []),
    ...(model ? [fallback ? `${model} ${texts.t('row-fallback')}` : model] : []),
  ];
  return ['✅ ', label(stageLabel(stage)), ` ${parts.join(' · ')}`];
}

const runMs = (run: RunRecord): number =>
  run.startedAt !== null && run.endedAt !== null ? run.endedAt - run.startedAt : 0;

/** Of a stage without an agent: from the last verdict before it to its own last one; null when unknown. */
function betweenVerdicts(view: RunView, stage: WorkStage): number | null {
  const attempt = view.task.attempts[stage];
  const own = view.verdicts.filter((verdict) => verdict.stage === stage && verdict.attempt === attempt);
  const [first] = own;
  if (first === undefined) return null;
  const before = view.verdicts.findLast((verdict) => verdict.stage !== stage && verdict.at <= first.at);
  return Math.max(...own.map(({ at }) => at)) - (before ?? first).at;
}

function bareDuration(view: RunView, stage: WorkStage, run: RunRecord | undefined, texts: Texts): string {
  if (run) return texts.duration(runMs(run));
  const { task, project } = view;
  const { means, entry } = STAGE_RULES[stage];
  if (means === undefined) return texts.duration(null);
  const began = task.confirmation?.at ?? null;
  const confirmed = began === null ? null : (task.endedAt ?? view.at) - began;
  const took = entry === 'confirm' ? confirmed : betweenVerdicts(view, stage);
  return `${texts.duration(took)}${project[means] === 'hook' ? ' · hook' : ''}`;
}

/** A stage that has nothing to do in this project: every step is conditional and its means are `none`. */
function isEmpty({ project }: RunView, stage: WorkStage): boolean {
  const { means, steps } = STAGE_RULES[stage];
  const conditional = steps.every(({ when }) => when !== undefined);
  return conditional && means !== undefined && project[means] === 'none';
}

/** What happens at the current stage now. */
function currentRow(view: RunView, stage: WorkStage, texts: Texts): Line {
  const { task, now } = view;
  const name = label(stageLabel(stage));
  if (isStopped(task.stage)) {
    return ['❌ ', name, ` ${cut(oneLine(task.stop?.reason || texts.t('state-cancelled')), 60)}`];
  }
  if (now.kind === 'queued') return ['🕓 ', name, ` ${texts.t('row-queued')}`];
  if (isWaiting(now)) {
    if (now.kind === 'deploying') return ['🔄 ', name, ` ${texts.t('row-running')}`];
    if (now.kind !== 'blocked' && now.kind !== 'hold') return ['⏳ ', name, ` ${texts.t('row-waiting')}`];
    return [
      '❌ ',
      name,
      ` ${cut(oneLine(now.reason || causeWords(now.cause ?? now.kind, now.facts, texts)), 60)}`,
    ];
  }
  const step = now.kind === 'working' ? now.step : 'agent';
  if (step !== 'agent') return ['🔄 ', name, ` ${texts.t('row-checking', { gate: stepName(step) })}`];
  if (task.attempt < 2) return ['🔄 ', name, ` ${texts.t('row-running')}`];
  return ['🔄 ', { code: stageLabel(stage) }, ` ${texts.t('row-running-attempt', { n: task.attempt })}`];
}

function clockRow(view: RunView, which: 'review' | 'confirm' | undefined, texts: Texts): Row[] {
  if (which === undefined) return [];
  const value: Clock = view.task[which];
  if (value.ms <= 0 && value.since === null) return [];
  const running = value.since !== null;
  const ms = value.ms + (value.since === null ? 0 : view.at - value.since);
  const text = ` ${texts.duration(ms)} · ${texts.t('clock-yours')}${running ? ' ⏳' : ''}`;
  return [{ line: ['⏸️ ', label(texts.t(`clock-${which}`)), text], finished: false }];
}

function stageRow(view: RunView, stage: WorkStage, texts: Texts, detail: Detail): Row[] {
  const { task } = view;
  const at = standsAt(view);
  const place = stageIndex(stage) - stageIndex(at);
  if (task.attempts[stage] === undefined) return [];
  if (isDelivered(at) || place < 0) {
    if (isEmpty(view, stage)) return [{ line: ['➖ ', label(stageLabel(stage)), ' n/a'], finished: true }];
    return [{ line: finishedRow(view, stage, texts, detail), finished: true }];
  }
  if (place === 0) {
    const live = detail.live ? liveLine(view, texts, detail.idleMs) : null;
    const row = { line: currentRow(view, stage, texts), finished: false };
    return live ? [row, { line: live, finished: false }] : [row];
  }
  if (returner(view) !== stage) return [];
  const args = { stage: stageLabel(task.stage), k: task.bounces.length, max: view.maxBounces };
  return [{ line: ['↩️ ', label(stageLabel(stage)), ` ${texts.t('row-returned', args)}`], finished: false }];
}

/** Stage and clock rows in pipeline order (CARD-5 to CARD-9). */
export function stageRows(view: RunView, texts: Texts, detail: Detail): Row[] {
  return WORK_STAGES.flatMap((stage) => [
    ...stageRow(view, stage, texts, detail),
    ...clockRow(view, STAGE_RULES[stage].clock, texts),
  ]);
}
