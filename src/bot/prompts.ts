import { type Ask, say } from './ask.ts';
import { NO_BINDING } from './buttons.ts';
import type { Binding } from './chat-store.ts';

/** What a forced reply may be for. */
export type PromptAction = 'reject' | 'answer' | 'new' | 'override' | 'rollback-wid' | 'draft';

export interface Prompt {
  action: PromptAction;
  text: string;
  payload?: string;
  binding?: Binding;
}

const TTL_MS = 86_400_000;
/** RPL-3. */
export const WORDS_MAX = 4000;

/** Asks for a value by forced reply; replaces a pending question of the same person and says so (RPL-2, RPL-6). */
export async function prompt(ask: Ask, wanted: Prompt): Promise<void> {
  const { store } = ask.house.env;
  const { chat, user, texts, at } = ask;
  const pending = store.prompt(chat, user.id);
  const replaced = pending !== null && pending.expiresAt > at;
  const text = replaced ? `${wanted.text}\n${texts.t('reply-prompt-replaced')}` : wanted.text;
  const message = await say(ask, text, { force: true });
  if (message === null) return;
  store.putPrompt({
    ...(wanted.binding ?? NO_BINDING),
    chat,
    user: user.id,
    message,
    action: wanted.action,
    payload: wanted.payload ?? null,
    expiresAt: at + TTL_MS,
  });
}

/** Refuses what is longer than a person's words may be; true when it was refused (RPL-3). */
export async function refuseTooLong(ask: Ask, text: string): Promise<boolean> {
  const n = [...text].length;
  if (n <= WORDS_MAX) return false;
  await say(ask, ask.texts.t('reply-too-long', { n, max: WORDS_MAX }));
  return true;
}
