import type { Message } from '@grammyjs/types';
import { AppError } from '../../errors.ts';
import type { ApiCore } from './api-core.ts';
import type { ChatEvent } from './chat-events.ts';
import { type Actor, callbackButtons } from './person-side.ts';
import type { StoredMessage } from './storage.ts';

/** What a tap was answered with. */
export interface TapAnswer {
  text: string;
  alert: boolean;
}

/** Acts as one person in one chat, through the same door as the page: the bot cannot tell the difference. */
export interface ChatDriver {
  says(text: string): Message;
  replies(messageId: number, text: string): Message;
  edits(messageId: number, text: string): Message;
  /**
   * Presses a button, found by its data or by its text (whole, or a pattern), on the given message or on the
   * newest one that has it. Resolves with the bot's answer. Throws AppError `chat-action` without such a button.
   */
  presses(button: string | RegExp, options?: PressOptions): Promise<TapAnswer>;
  /** The message that has such a button, newest first. */
  findButton(button: string | RegExp, messageId?: number): { message: Message; data: string } | undefined;
  /** Newest `limit` messages, oldest first. */
  messages(limit?: number): Message[];
  /** Resolves with the first message, there already or still to come, that satisfies the predicate. */
  sees(predicate: (message: Message, row: StoredMessage) => boolean, options?: WaitOptions): Promise<Message>;
  /** Resolves when a button like this exists. */
  seesButton(button: string | RegExp, options?: WaitOptions): Promise<{ message: Message; data: string }>;
}

export interface WaitOptions {
  /** Default 10 s; then AppError `chat-timeout`, listing what was there. */
  deadlineMs?: number;
  signal?: AbortSignal;
}

export interface PressOptions extends WaitOptions {
  messageId?: number;
}

const HISTORY = 200;

/** Creates a driver for one actor. */
export function createChatDriver(core: ApiCore, actor: Actor): ChatDriver {
  const chatId = actor.chatId ?? actor.userId;
  const rows = (limit = HISTORY) => core.storage.listMessages(chatId, { limit });

  const findButton: ChatDriver['findButton'] = (button, messageId) => {
    const candidates = rows().filter((row) => messageId === undefined || row.messageId === messageId);
    for (const { message } of candidates.reverse()) {
      const found = callbackButtons(message).find(({ text, callback_data }) =>
        typeof button === 'string' ? text === button || callback_data === button : button.test(text),
      );
      if (found) return { message, data: found.callback_data };
    }
    return undefined;
  };

  /** Checks now and after every event of the chat, never by the clock. */
  const until = <T>(look: () => T | undefined, what: string, options: WaitOptions = {}): Promise<T> =>
    waitForEvent({
      core,
      look,
      what,
      options,
      describe: () => rows(5).map(({ message }) => message.text ?? '…'),
    });

  const seesButton: ChatDriver['seesButton'] = (button, options) =>
    until(() => findButton(button), `a button ${button}`, options);

  return {
    says: (text) => core.person.says(actor, text).message,
    replies: (messageId, text) => core.person.says(actor, text, { replyToMessageId: messageId }).message,
    edits: (messageId, text) => core.person.edits(actor, messageId, text).message,
    async presses(button, options = {}) {
      const found = findButton(button, options.messageId);
      if (!found)
        throw new AppError('chat-action', `Expected a button ${button}, found none.`, { fault: 'user' });
      return answerOf(core, () => core.person.presses(actor, found.message.message_id, found.data), options);
    },
    findButton,
    messages: (limit) => rows(limit).map(({ message }) => message),
    sees: (predicate, options) =>
      until(
        () =>
          rows()
            .reverse()
            .find((row) => predicate(row.message, row))?.message,
        'a message',
        options,
      ),
    seesButton,
  };
}

/** Taps and resolves with the answer to exactly this tap. */
export function answerOf(core: ApiCore, tap: () => string, options: WaitOptions = {}): Promise<TapAnswer> {
  const answers = new Map<string, TapAnswer>();
  const remember = (event: ChatEvent) => {
    if (event.kind === 'answer') answers.set(event.queryId, { text: event.text, alert: event.alert });
  };
  const forget = core.events.subscribe(remember);
  const queryId = tap();
  const look = () => answers.get(queryId);
  return waitForEvent({ core, look, what: 'an answer to the tap', options, describe: () => [] }).finally(
    forget,
  );
}

function waitForEvent<T>(wait: {
  core: ApiCore;
  look: () => T | undefined;
  what: string;
  options: WaitOptions;
  describe: () => string[];
}): Promise<T> {
  const { core, look, what, options, describe } = wait;
  const { deadlineMs = 10_000, signal } = options;
  const present = look();
  if (present !== undefined) return Promise.resolve(present);
  return new Promise((resolve, reject) => {
    const finish = (then: () => void) => {
      clearTimeout(timer);
      unsubscribe();
      signal?.removeEventListener('abort', abort);
      then();
    };
    const abort = () => finish(() => reject(signal?.reason));
    const unsubscribe = core.events.subscribe(() => {
      const found = look();
      if (found !== undefined) finish(() => resolve(found));
    });
    const timer = setTimeout(() => {
      const seen = describe().map((text) => JSON.stringify(text.slice(0, 200)));
      const message = `Expected ${what} within ${deadlineMs} ms; the last messages are ${seen.join(', ') || 'none'}.`;
      finish(() => reject(new AppError('chat-timeout', message)));
    }, deadlineMs);
    signal?.addEventListener('abort', abort, { once: true });
  });
}
