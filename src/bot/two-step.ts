import { type Ask, type House, say } from './ask.ts';
import type { Action } from './buttons.ts';
import type { Binding } from './chat-store.ts';
import { type Env, textsOf } from './env.ts';
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

/** A question that was not answered yet; kept, so that its end comes after a restart too. */
interface OpenStep {
  chat: string;
  message: number;
  user: number;
  action: Action;
  binding: Binding;
  until: number;
}

const MEMO = 'steps.open';

const openSteps = ({ store }: Env): OpenStep[] => JSON.parse(store.memo(MEMO) ?? '[]') as OpenStep[];
const keep = ({ store }: Env, steps: readonly OpenStep[]): void => store.putMemo(MEMO, JSON.stringify(steps));

/** The question about this that the same person has not answered yet. */
function askedAlready(
  ask: Ask,
  { action, binding }: Pick<TwoStep, 'action' | 'binding'>,
): OpenStep | undefined {
  return openSteps(ask.house.env).find(
    (open) =>
      open.chat === ask.chat &&
      open.user === ask.user.id &&
      open.action === action &&
      open.binding.task === binding.task,
  );
}

/** Whether the very question stands already, so that a second tap need not ask it again. */
export function stands(ask: Ask, step: TwoStep): boolean {
  const open = askedAlready(ask, step);
  const same = JSON.stringify(open?.binding) === JSON.stringify(step.binding);
  return open !== undefined && same && open.until > ask.at;
}

/** Posts the question; only the same person may answer, and not for long (CB-21). An older one about it goes. */
export async function askTwice(ask: Ask, step: TwoStep): Promise<void> {
  const { texts, user, chat } = ask;
  const { settings, timers } = ask.house.env;
  const verb = texts.t(VERBS[step.kind] ?? `verb-${step.kind}`);
  const carried: YesPayload = { action: step.action, payload: step.payload };
  const both = { user: user.id, bind: step.binding };
  const older = askedAlready(ask, step);
  if (older) await dropStep(ask.house, older);
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
  const { action, binding } = step;
  const until = timers.now() + settings.confirmStepTtlMs;
  const open: OpenStep = { chat, message, user: user.id, action, binding, until };
  keep(ask.house.env, [...openSteps(ask.house.env), open]);
  expireLater(ask.house, open);
}

/** Forgets a question and the buttons it had; false when it was over already. */
function closeStep({ env, keyboards }: House, chat: string, message: number): boolean {
  const steps = openSteps(env);
  const found = steps.find((open) => open.chat === chat && open.message === message);
  if (!found) return false;
  keep(
    env,
    steps.filter((open) => open !== found),
  );
  const { task } = found.binding;
  return task === null || keyboards.closed(task, chat, message);
}

async function dropStep(house: House, { chat, message }: OpenStep): Promise<void> {
  closeStep(house, chat, message);
  await house.sender.remove(chat, message);
}

/** Replaces the question by its outcome. */
export async function endStep(
  house: House,
  { chat, message }: { chat: string; message: number },
  text: string,
): Promise<void> {
  closeStep(house, chat, message);
  await house.sender.edit(chat, message, [[text]]);
}

function expireLater(house: House, { chat, message, until }: OpenStep): void {
  const { timers } = house.env;
  const { stopping } = house;
  void timers.sleep(Math.max(0, until - timers.now()), stopping).then(() => {
    if (stopping.aborted || !closeStep(house, chat, message)) return;
    void house.sender.edit(chat, message, [[textsOf(house.env, chat).t('ask-expired')]]);
  });
}

/** Questions an earlier process asked still end in time. */
export function resumeSteps(house: House): void {
  for (const open of openSteps(house.env)) expireLater(house, open);
}
