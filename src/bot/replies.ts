import type { GateName } from '../pipeline/stages.ts';
import { isTerminal } from '../pipeline/stages.ts';
import { PERFORM } from './actions.ts';
import { type Ask, audit, OK, type Outcome, say } from './ask.ts';
import type { PromptRow, SentMessage } from './chat-store.ts';
import { createFrom, draft, showDraft } from './features/create.ts';
import { bindingOf } from './keyboard.ts';
import { type PromptAction, refuseTooLong } from './prompts.ts';
import { questionFirst } from './questions.ts';
import { sentence } from './sentence.ts';
import { submit } from './submit.ts';

type OnReply = (ask: Ask, prompt: PromptRow, text: string) => Promise<Outcome>;

const words =
  (name: 'reject' | 'answer'): OnReply =>
  async (ask, prompt, text) => {
    const view = ask.house.env.control.view(prompt.task ?? 0);
    if (!view) return { result: 'unknown-task' };
    const { task, stage, attempt, sha } = prompt;
    const done = submit(ask, { name, view, text, bind: { task, stage, attempt, sha } });
    await say(ask, done.text);
    return done;
  };

const override: OnReply = async (ask, prompt, text) => {
  const view = ask.house.env.control.view(prompt.task ?? 0);
  if (!view) return { result: 'unknown-task' };
  const payload = JSON.stringify({ gate: prompt.payload as GateName, reason: text });
  await questionFirst(ask, 'override', { view, payload });
  return { result: 'asked', binding: bindingOf(view) };
};

const fresh: OnReply = (ask, prompt, text) =>
  prompt.payload === null
    ? draft(ask, text, { source: ask.message ?? 0 })
    : createFrom(ask, { repo: prompt.payload, text, key: ask.key });

const redraft: OnReply = async (ask, prompt, text) => {
  const row = ask.house.env.store.draft(prompt.payload ?? '');
  if (!row || row.usedAt !== null) return { result: 'expired' };
  await showDraft(ask, { ...row, text });
  return { result: 'draft' };
};

/** Typing the wid is the second step of a rollback that may not be safe (SHIP-171). */
const rollbackWid: OnReply = async (ask, prompt, text) => {
  const view = ask.house.env.control.view(prompt.task ?? 0);
  if (!view || text.trim().toUpperCase() !== view.task.wid.toUpperCase()) {
    await say(ask, ask.texts.t('answer-cancelled'));
    return { result: 'cancelled' };
  }
  const { task, stage, attempt, sha } = prompt;
  const bind = { task, stage, attempt, sha };
  const done = PERFORM.rollback?.({ ask, payload: prompt.payload, bind, view }) ?? {
    result: 'unavailable',
    text: '',
  };
  await say(ask, done.text);
  return done;
};

const PROMPTS: Readonly<Record<PromptAction, OnReply>> = {
  reject: words('reject'),
  answer: words('answer'),
  new: fresh,
  override,
  draft: redraft,
  'rollback-wid': rollbackWid,
};

/** Takes a reply to a forced-reply prompt as the value it asked for (RPL-2). */
async function answerPrompt(ask: Ask, prompt: PromptRow, text: string): Promise<Outcome> {
  ask.house.env.store.dropPrompt(ask.chat, ask.user.id);
  if (prompt.expiresAt <= ask.at) {
    await say(ask, ask.texts.t('reply-prompt-expired'));
    return { result: 'expired' };
  }
  return PROMPTS[prompt.action as PromptAction](ask, prompt, text);
}

/** Reads a reply to a card or ping by the state that message was rendered for (RPL-1). */
async function answerMessage(ask: Ask, replied: SentMessage, text: string): Promise<Outcome> {
  const { texts } = ask;
  const view = replied.task === null ? null : ask.house.env.control.view(replied.task);
  if (!view) return OK;
  if (isTerminal(view.task.stage)) {
    const args = { wid: view.task.wid, sentence: sentence(view, texts) };
    await say(ask, texts.t('reply-task-state', args));
    return { result: 'terminal', binding: bindingOf(view) };
  }
  const { task, stage, attempt, sha } = replied;
  if (replied.waiting === 'answers') {
    const done = submit(ask, { name: 'answer', view, text, bind: { task, stage, attempt, sha: null } });
    await say(ask, done.text);
    return done;
  }
  if (replied.waiting === 'approval' || replied.waiting === 'confirm') {
    const bind = { task, stage, attempt, sha: null };
    const choice = (action: 'reject-with' | 'note', key: string) => ({
      text: texts.t(key),
      action,
      payload: text,
      bind,
    });
    await say(ask, texts.t('reply-use-as-reason'), {
      buttons: [[choice('reject-with', 'btn-reject-with'), choice('note', 'btn-note')]],
      silent: true,
    });
    return { result: 'asked', binding: { task, stage, attempt, sha } };
  }
  const done = submit(ask, { name: 'note', view, text });
  await say(ask, done.applied.ok ? texts.t('reply-noted') : done.text);
  return done;
}

/** Handles a text that replies to one of our messages (section 6). */
export async function handleReply(ask: Ask, repliedTo: number, text: string): Promise<void> {
  if (await refuseTooLong(ask, text)) return audit(ask, 'reply', { result: 'too-long' });
  const prompt = ask.house.env.store.prompt(ask.chat, ask.user.id);
  const asked = prompt !== null && prompt.message === repliedTo;
  if (!asked && !ask.replied) return;
  const outcome = asked
    ? await answerPrompt(ask, prompt, text)
    : await answerMessage(ask, ask.replied as SentMessage, text);
  audit(ask, asked ? `reply:${prompt.action}` : 'reply', outcome);
}
