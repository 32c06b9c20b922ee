import { GrammyError, HttpError } from 'grammy';

/** How a send or edit ended (PUB-5), and what it means for the chat. */
export interface SendOutcome {
  class: 'ok' | 'not_modified' | 'gone' | 'failed';
  /** Message that now shows it. */
  message?: number;
  /** 429: how long the chat is paused (PUB-6). */
  retryAfterS?: number;
  /** 403 or `chat not found` (PUB-8). */
  unreachable?: boolean;
  /** 400 `can't parse entities` (PUB-7). */
  unparsable?: boolean;
  /** The topic is gone or closed (TOPIC-3). */
  topicLost?: boolean;
  /** The group became a supergroup (TOPIC-4). */
  migratedTo?: string;
  /** The same call will be refused again: no use in repeating it at once. */
  permanent?: boolean;
  description?: string;
}

const NOT_MODIFIED = /message is not modified|exactly the same/i;
const GONE = /message to edit not found|message can't be edited|message_id_invalid/i;
const UNREACHABLE = /chat not found/i;
const UNPARSABLE = /can't parse entities/i;
const TOPIC_LOST = /message thread not found|topic_closed|topic closed/i;

/** Classes of PUB-5; the only place that reads Telegram's words. */
export function classify(error: unknown): SendOutcome {
  if (!(error instanceof GrammyError)) {
    const description = error instanceof HttpError ? 'the Bot API cannot be reached' : String(error);
    return { class: 'failed', description };
  }
  const { description, error_code: code, parameters } = error;
  if (NOT_MODIFIED.test(description)) return { class: 'not_modified' };
  if (GONE.test(description)) return { class: 'gone', description };
  const outcome: SendOutcome = { class: 'failed', description };
  if (parameters.migrate_to_chat_id !== undefined) outcome.migratedTo = String(parameters.migrate_to_chat_id);
  if (code >= 400 && code < 500 && code !== 429) outcome.permanent = true;
  if (code === 429) outcome.retryAfterS = parameters.retry_after ?? 1;
  if (code === 403 || UNREACHABLE.test(description)) outcome.unreachable = true;
  if (UNPARSABLE.test(description)) outcome.unparsable = true;
  if (TOPIC_LOST.test(description)) outcome.topicLost = true;
  return outcome;
}
