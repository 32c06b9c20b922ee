import { isWorkStage, STAGE_RULES } from '../pipeline/stages.ts';
import type { RunView } from '../pipeline/view.ts';
import { isWaiting, type Waiting } from '../pipeline/waiting.ts';
import { factArgs, roleWord, stageLabel, viewArgs } from './facts.ts';
import type { Args, Texts } from './texts.ts';

const SHOW_SINCE_MS = 300_000;

type Now = RunView['now'];

/** Gate or engine step in words: `gate.tests_passed` → `tests_passed`. */
export const stepName = (step: string): string => step.replace(/^gate\./, '');

/** Role that works at the task's stage. */
export const roleOf = (view: RunView): string => {
  const { stage } = view.task;
  return isWorkStage(stage) ? STAGE_RULES[stage].role : 'developer';
};

/** Words of a cause of `blocked` or `hold` (PING-6); the bare reason for one without words. */
export function causeWords(cause: string, args: Args, texts: Texts): string {
  const key = cause === 'runaway' && args.day !== undefined ? 'cause-runaway-runs' : `cause-${cause}`;
  const known = { ...args, min: args.min ?? args.n };
  return texts.has(key) ? texts.t(key, known) : String(args.reason ?? cause);
}

/** `{time}` is when it began for these, and what comes next for all others. */
const SINCE_KINDS: ReadonlySet<string> = new Set(['lease', 'frozen', 'paused']);

function waitArgs(view: RunView, wait: Waiting, texts: Texts): Record<string, string> {
  const time = SINCE_KINDS.has(wait.kind) ? wait.since : (wait.expiresAt ?? wait.deadline);
  const args: Record<string, string> = {
    ...viewArgs(view, texts),
    dur: texts.duration(view.at - wait.since),
    time: texts.clock(time, view.at),
    ...(wait.reason === undefined ? {} : { reason: wait.reason }),
    ...factArgs(wait.facts, texts, view.at),
  };
  if (wait.kind === 'pr-review') args.n ??= String(view.task.prNumber ?? '—');
  if (wait.facts.more !== undefined) args.n = String(wait.facts.more);
  if (typeof wait.facts.since === 'number') args.time = texts.clock(wait.facts.since, view.at);
  const merges = wait.kind === 'confirm' && view.project.deploy === 'none';
  args.what = texts.t(merges ? 'word-merge' : 'word-deploy');
  args.state ??= wait.reason ?? '—';
  if (wait.cause !== undefined) args.reason = causeWords(wait.cause, args, texts);
  return args;
}

function waitKey(view: RunView, wait: Waiting): string {
  if (wait.facts.stopping !== undefined || (wait.kind === 'deploying' && view.task.stop?.deferred))
    return 'wait-stop-deferred';
  if (wait.kind === 'hold' && wait.cause === 'deploy-unknown') return 'wait-hold-deploy-unknown';
  if (wait.kind === 'limit' && wait.facts.auto === 0) return 'wait-limit-manual';
  if (wait.kind === 'dependency' && Number(wait.facts.more ?? 0) > 0) return 'wait-dependency-more';
  return `wait-${wait.kind}`;
}

function bare(view: RunView, texts: Texts): string {
  const { now, task } = view;
  if (now.kind === 'queued') return texts.t('wait-queued', { n: now.ahead, r: now.busy, max: now.max });
  if (now.kind === 'ended')
    return texts.t(`wait-ended-${task.stage}`, {
      wid: task.wid,
    });
  if (isWaiting(now)) {
    const args = waitArgs(view, now, texts);
    if (waitKey(view, now) === 'wait-stop-deferred')
      args.step = stepName(String(now.facts.phase ?? 'deploy'));
    return texts.t(waitKey(view, now), args);
  }
  const args = { ...viewArgs(view, texts), n: task.attempt, stage: stageLabel(task.stage) };
  if (now.step === 'agent')
    return texts.t('wait-running-agent', { ...args, role: roleWord(texts, roleOf(view)) });
  return texts.t('wait-running-gate', { ...args, gate: stepName(now.step) });
}

/** The one sentence of a task's state; its age is added above five minutes (WAIT-1). */
export function sentence(view: RunView, texts: Texts): string {
  const { now } = view;
  const age = view.at - now.since;
  const text = bare(view, texts);
  return now.kind === 'ended' || age <= SHOW_SINCE_MS ? text : `${text} (${texts.duration(age)})`;
}

/** The same in a few words, for lists (VIEW-1, VIEW-3). */
export function shortSentence(view: RunView, texts: Texts): string {
  const { now, task } = view;
  if (now.kind === 'queued') return texts.t('short-queued');
  if (now.kind === 'ended') return texts.t(`state-${task.stage}`);
  if (isWaiting(now)) return texts.t(`short-${now.kind}`, waitArgs(view, now, texts));
  return texts.t('short-running', { role: roleWord(texts, roleOf(view)) });
}

/** The wait a task is in, or null while it works, is queued or has ended. */
export const waitOf = (now: Now): Waiting | null => (now.kind !== 'queued' && isWaiting(now) ? now : null);

/** Kind of the present state as one word: a waiting kind, `running`, `queued` or `ended`. */
export const stateKind = (now: Now): string => (now.kind === 'working' ? 'running' : now.kind);
