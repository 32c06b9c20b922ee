import type { Ask } from './ask.ts';
import { say } from './ask.ts';
import type { Action } from './buttons.ts';
import type { Binding } from './chat-store.ts';
import type { Args } from './texts.ts';

/** Questions of CB-22. */
export type TwoStepKind =
  | 'stop'
  | 'stop-window'
  | 'confirm'
  | 'confirm-merge'
  | 'rollback'
  | 'unfreeze'
  | 'revert'
  | 'remove-user'
  | 'budget'
  | 'override';

export interface TwoStep {
  kind: TwoStepKind;
  args: Args;
  /** What happens on yes, and what it reads. */
  action: Action;
  payload: string | null;
  binding: Binding;
}

/** What a `yes` button carries. */
export interface YesPayload {
  action: Action;
  payload: string | null;
}

const VERBS: Partial<Record<TwoStepKind, string>> = { 'stop-window': 'verb-stop' };

/** Posts the question; only the same person may answer, and not for long (CB-21). */
export async function askTwice(ask: Ask, step: TwoStep): Promise<void> {
  const { texts, user } = ask;
  const { settings, timers, store } = ask.house.env;
  const verb = texts.t(VERBS[step.kind] ?? `verb-${step.kind}`);
  const carried: YesPayload = { action: step.action, payload: step.payload };
  const both = { user: user.id, bind: step.binding };
  const message = await say(ask, texts.t(`ask-${step.kind}`, step.args), {
    silent: true,
    ttlMs: settings.confirmStepTtlMs,
    buttons: [
      [
        { text: texts.t('btn-yes', { verb }), action: 'yes', payload: JSON.stringify(carried), ...both },
        { text: texts.t('btn-cancel'), action: 'no', ...both },
      ],
    ],
  });
  if (message === null) return;
  const key = `step.${ask.chat}.${message}`;
  store.putMemo(key, 'open');
  void timers.sleep(settings.confirmStepTtlMs).then(() => {
    if (store.memo(key) === 'open')
      void endStep(ask, { message, task: step.binding.task }, texts.t('ask-expired'));
  });
}

/** Replaces the question by its outcome. */
export async function endStep(
  ask: Ask,
  { message, task }: { message: number; task: number | null },
  text: string,
): Promise<void> {
  if (task !== null) ask.house.keyboards.closed(task, ask.chat, message);
  ask.house.env.store.putMemo(`step.${ask.chat}.${message}`, 'closed');
  await ask.house.sender.edit(ask.chat, message, [[text]]);
}
