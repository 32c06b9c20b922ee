import type { CommandArgs, RejectReason, TaskCommand } from '../pipeline/events.ts';
import { shownSha } from '../pipeline/transition.ts';
import type { RunView } from '../pipeline/view.ts';
import { actorOf } from './access.ts';
import type { Ask, Outcome } from './ask.ts';
import type { Binding } from './chat-store.ts';
import { stageLabel } from './facts.ts';
import { clock, sha7 } from './format.ts';
import { bindingOf } from './keyboard.ts';
import type { Applied } from './ports.ts';
import { sentence } from './sentence.ts';
import type { Texts } from './texts.ts';

export interface Submission {
  name: TaskCommand;
  /** The task as it was when the request was read. */
  view: RunView;
  text?: string;
  args?: CommandArgs;
  /** What a button was shown for; default the present state (CMD-3). */
  bind?: Binding;
}

/** Submits one command and says in a sentence what the machine answered; synchronous (CB-5). */
export function submit(ask: Ask, submission: Submission): Outcome & { text: string; applied: Applied } {
  const { name, view, text, args } = submission;
  const bind = submission.bind ?? bindingOf(view, name === 'confirm-deploy' ? 'confirm' : name);
  const applied = ask.house.env.control.apply({
    kind: 'command',
    name,
    key: `${ask.key}.${name}`,
    at: ask.at,
    actor: actorOf(ask.user),
    target: {
      task: view.task.id,
      ...(bind.stage === null ? {} : { stage: bind.stage }),
      ...(bind.attempt === null ? {} : { attempt: bind.attempt }),
      ...(bind.sha === null ? {} : { sha: bind.sha }),
    },
    ...(text === undefined ? {} : { text }),
    ...(args === undefined ? {} : { args }),
  });
  if (applied.ok)
    return { result: 'ok', binding: bind, applied, text: doneText(ask.texts, submission, applied) };
  const said = refusalText(ask, applied, view, bind);
  return { result: applied.reason, reason: applied.message, binding: bind, applied, text: said };
}

function doneText(texts: Texts, { name, view, args }: Submission, applied: Applied & { ok: true }): string {
  const { task } = applied;
  const what = texts.t(`did-${name}`, {
    wid: view.task.wid,
    stage: stageLabel(task.stage),
    sha7: sha7(shownSha(task)),
    gate: args?.gate,
    time: args?.at === undefined ? undefined : clock(args.at, task.updatedAt, texts.tz),
    what: args?.auto,
    state: args?.on === undefined ? undefined : texts.t(args.on ? 'word-on' : 'word-off'),
  });
  return texts.t('answer-ok', { what });
}

type Words = (context: { ask: Ask; view: RunView; bind: Binding; message: string }) => string;

const notNow: Words = ({ ask, view }) =>
  ask.texts.t('answer-not-now', { sentence: sentence(view, ask.texts) });

/** The sentence of each reason (CB-7, PIPE-15). */
export const REFUSALS: Readonly<Record<RejectReason, Words>> = {
  stale_stage: ({ ask, view, bind }) =>
    ask.texts.t('answer-stale-stage', {
      old: stageLabel(bind.stage ?? ''),
      now: stageLabel(view.task.stage),
    }),
  stale_attempt: ({ ask, view, bind }) =>
    ask.texts.t('answer-stale-attempt', { n: bind.attempt, m: view.task.attempt }),
  stale_sha: ({ ask, view, bind }) =>
    ask.texts.t('answer-stale-sha', { old: sha7(bind.sha), new: sha7(shownSha(view.task)) }),
  expired: ({ ask }) => ask.texts.t('answer-expired'),
  duplicate: ({ ask }) => ask.texts.t('answer-duplicate'),
  own_echo: ({ ask }) => ask.texts.t('answer-duplicate'),
  not_waiting: notNow,
  nothing_to_approve: notNow,
  nothing_to_confirm: notNow,
  not_rejectable_now: notNow,
  relaunch_only_at_analysis: notNow,
  job_active: notNow,
  critical_window: ({ ask, view }) => ask.texts.t('answer-critical-window', { wid: view.task.wid }),
  frozen: ({ ask, view }) => {
    const { repo } = view.task;
    const freeze = ask.house.env.control.projects().find((project) => project.repo === repo)?.freezes[0];
    return ask.texts.t('answer-frozen', { repo, reason: freeze?.reason });
  },
  not_allowed: ({ message }) => message,
  terminal: ({ ask, view }) =>
    ask.texts.t('answer-terminal', {
      wid: view.task.wid,
      state: ask.texts.t(`state-${view.task.stage}`),
    }),
  unknown_project: ({ ask, view }) => ask.texts.t('answer-unknown-project', { project: view.task.repo }),
};

/** Why the machine refused, as the task stands now. */
export function refusalText(
  ask: Ask,
  refused: Applied & { ok: false },
  before: RunView,
  bind: Binding,
): string {
  const view = ask.house.env.control.view(before.task.id) ?? before;
  return REFUSALS[refused.reason]({ ask, view, bind, message: refused.message });
}
