import type { GateName } from '../pipeline/stages.ts';
import { isTerminal } from '../pipeline/stages.ts';
import type { RunView } from '../pipeline/view.ts';
import { denialOf, scopeOf } from './access.ts';
import { PERFORM } from './actions.ts';
import { type Ask, audit, type Outcome, say } from './ask.ts';
import { ACTIONS, type Action } from './buttons.ts';
import type { PromptRow, SentMessage } from './chat-store.ts';
import { draft, rewritten, showDraft } from './features/drafts.ts';
import { createFrom } from './features/task-draft.ts';
import { bindingOf } from './keyboard.ts';
import { type PromptAction, refuseTooLong } from './prompts.ts';
import { questionFirst } from './questions.ts';
import { sentence } from './sentence.ts';
import { submit } from './submit.ts';
import { parseRef } from './task-ref.ts';

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
  await showDraft(ask, rewritten(row, text));
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

/** What a reply to each prompt does, and the action whose rights it needs. */
const PROMPTS: Readonly<Record<PromptAction, { means: Action; run: OnReply }>> = {
  reject: { means: 'reject', run: words('reject') },
  answer: { means: 'answer', run: words('answer') },
  new: { means: 'new', run: fresh },
  override: { means: 'override', run: override },
  draft: { means: 'edit', run: redraft },
  'rollback-wid': { means: 'rollback', run: rollbackWid },
};

/** A reply needs the rights of what it means, as a tap does (section 3, ACC-10); says why not. */
async function refuse(ask: Ask, action: Action, view: RunView | null): Promise<Outcome | null> {
  const denial = denialOf(ask, { role: ACTIONS[action], action, project: view?.project });
  if (denial === null) return null;
  await say(ask, denial);
  return { result: 'forbidden', reason: denial, ...(view ? { binding: bindingOf(view) } : {}) };
}

/** Takes a reply to a forced-reply prompt as the value it asked for (RPL-2). */
async function answerPrompt(ask: Ask, prompt: PromptRow, text: string): Promise<Outcome> {
  const { store, control } = ask.house.env;
  store.dropPrompt(ask.chat, ask.user.id);
  if (prompt.expiresAt <= ask.at) {
    await say(ask, ask.texts.t('reply-prompt-expired'));
    return { result: 'expired' };
  }
  const { means, run } = PROMPTS[prompt.action as PromptAction];
  const view = prompt.task === null ? null : control.view(prompt.task);
  return (await refuse(ask, means, view)) ?? run(ask, prompt, text);
}

/** The state of a task, for a reply that can change nothing (RPL-5). */
async function sayState(ask: Ask, view: RunView, result: string): Promise<Outcome> {
  const args = { wid: view.task.wid, sentence: sentence(view, ask.texts) };
  await say(ask, ask.texts.t('reply-task-state', args));
  return { result, binding: bindingOf(view) };
}

/** Offers to take the words as a reason to reject or as a note (RPL-1). */
async function askWhatFor(ask: Ask, { task, stage, attempt }: SentMessage, text: string): Promise<void> {
  const bind = { task, stage, attempt, sha: null };
  const choice = (action: 'reject-with' | 'note', key: string) => ({
    text: ask.texts.t(key),
    action,
    payload: text,
    bind,
  });
  await say(ask, ask.texts.t('reply-use-as-reason'), {
    buttons: [[choice('reject-with', 'btn-reject-with'), choice('note', 'btn-note')]],
    silent: true,
  });
}

/** Reads a reply to a card or ping by the state that message was rendered for (RPL-1). */
async function answerMessage(ask: Ask, replied: SentMessage, text: string): Promise<Outcome> {
  const { texts } = ask;
  const view = replied.task === null ? null : ask.house.env.control.view(replied.task);
  if (!view) return notKnown(ask);
  if (isTerminal(view.task.stage)) return sayState(ask, view, 'terminal');
  const { task, stage, attempt, sha } = replied;
  const refused = await refuse(ask, replied.waiting === 'answers' ? 'answer' : 'note', view);
  if (refused) return refused;
  if (replied.waiting === 'answers') {
    const done = submit(ask, { name: 'answer', view, text, bind: { task, stage, attempt, sha: null } });
    await say(ask, done.text);
    return done;
  }
  if (replied.waiting === 'approval' || replied.waiting === 'confirm') {
    await askWhatFor(ask, replied, text);
    return { result: 'asked', binding: { task, stage, attempt, sha } };
  }
  const done = submit(ask, { name: 'note', view, text });
  await say(ask, done.applied.ok ? texts.t('reply-noted') : done.text);
  return done;
}

async function notKnown(ask: Ask): Promise<Outcome> {
  await say(ask, ask.texts.t('reply-unknown-message'));
  return { result: 'unknown-message' };
}

/** A message of ours that is not on record: the task it names answers with its state (RPL-5). */
async function answerForgotten(ask: Ask, shown: string): Promise<Outcome> {
  const ref = parseRef(/[A-Z][A-Z0-9_]*-\d+/.exec(shown)?.[0] ?? '');
  const [found] = ref ? ask.house.env.control.find(ref, scopeOf(ask.user)) : [];
  const view = found ? ask.house.env.control.view(found.task) : null;
  return view ? sayState(ask, view, 'unknown-message') : notKnown(ask);
}

/** Handles a text that replies to one of our messages, whose text was `shown` (section 6). */
export async function handleReply(
  ask: Ask,
  repliedTo: { message: number; shown: string },
  text: string,
): Promise<void> {
  if (await refuseTooLong(ask, text)) return audit(ask, 'reply', { result: 'too-long' });
  const prompt = ask.house.env.store.prompt(ask.chat, ask.user.id);
  if (prompt !== null && prompt.message === repliedTo.message)
    return audit(ask, `reply:${prompt.action}`, await answerPrompt(ask, prompt, text));
  const outcome = ask.replied
    ? await answerMessage(ask, ask.replied, text)
    : await answerForgotten(ask, repliedTo.shown);
  audit(ask, 'reply', outcome);
}
