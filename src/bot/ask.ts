import type { ChatRole } from '../pipeline/events.ts';
import type { RunView } from '../pipeline/view.ts';
import type { ButtonRows } from './buttons.ts';
import { NO_BINDING } from './buttons.ts';
import type { Binding, ChatUser, SentMessage } from './chat-store.ts';
import type { Env } from './env.ts';
import { issueButtons } from './keyboard.ts';
import { type Line, textLines } from './markup.ts';
import type { OpenKeyboards } from './open-keyboards.ts';
import type { Pinger } from './pinger.ts';
import type { Publisher } from './publisher.ts';
import type { Sender } from './send.ts';
import type { Texts } from './texts.ts';
import type { Topics } from './topics.ts';

/** The bot's own parts that features use. */
export interface House {
  env: Env;
  sender: Sender;
  publisher: Publisher;
  pinger: Pinger;
  keyboards: OpenKeyboards;
  topics: Topics;
  /** Name of the bot, for deep links; empty until it is known. */
  username(): string;
  /** Aborted when the bot stops: what is left then is the next process's. */
  stopping: AbortSignal;
  /** Puts the commands of a role into the menu of a chat, in its language (CHAT-17). */
  showMenu(role: ChatRole, chat: string): void;
  /** Chat connection in words, for `/health` and `/queue`. */
  connection(): string;
}

/** One request of a paired person, typed or tapped. */
export interface Ask {
  house: House;
  user: ChatUser;
  texts: Texts;
  chat: string;
  thread: number | null;
  /** The person's message, or the message that carried the button. */
  message: number | null;
  /** Idempotency base of the events it causes. */
  key: string;
  at: number;
  /** Message of ours this is a reply to (CMD-2). */
  replied: SentMessage | null;
  /** Project the chat or topic is bound to (TOPIC-5). */
  repo: string | null;
}

/** What came of a request, for the audit row (AUD-1). */
export interface Outcome {
  result: string;
  reason?: string;
  binding?: Binding;
}

export const OK: Outcome = { result: 'ok' };
/** Arguments missing or wrong: the dispatcher answers with usage and example (CMD-4). */
export const USAGE: Outcome = { result: 'usage' };

export interface SayOptions {
  buttons?: ButtonRows;
  silent?: boolean;
  /** Life of the buttons; default `ORCH_CALLBACK_TTL_H`. */
  ttlMs?: number;
  /** Asks for a reply (forced reply). */
  force?: boolean;
  /** Edits this message of ours instead of sending one. */
  edit?: number | null;
}

const linesOf = (text: string | readonly Line[]): readonly Line[] =>
  typeof text === 'string' ? textLines(text) : text;

function markupOf(ask: Ask, options: SayOptions) {
  const { env } = ask.house;
  if (options.force) return { markup: { force_reply: true as const, selective: true }, nonces: [] };
  if (!options.buttons || options.buttons.length === 0) return null;
  const ttlMs = options.ttlMs ?? env.settings.callbackTtlMs;
  const issued = issueButtons(env.store, {
    rows: options.buttons,
    chat: ask.chat,
    at: env.timers.now(),
    ttlMs,
  });
  return { markup: issued.markup, nonces: issued.nonces };
}

/** Answers in the chat of the request; resolves with the message id, null when it could not be sent. */
export async function say(
  ask: Ask,
  text: string | readonly Line[],
  options: SayOptions = {},
): Promise<number | null> {
  const { env, sender } = ask.house;
  const issued = markupOf(ask, options);
  const view = boundView(ask, options.buttons ?? []);
  const lines = linesOf(text);
  if (options.edit) {
    const inline = issued && 'inline_keyboard' in issued.markup ? issued.markup : undefined;
    await sender.edit(ask.chat, options.edit, lines, inline);
    if (issued) env.store.placeCallbacks(issued.nonces, options.edit);
    return options.edit;
  }
  const message = await sender.send({
    chat: ask.chat,
    thread: ask.thread,
    lines,
    ...(issued ? { markup: issued.markup } : {}),
    ...(options.silent ? { silent: true } : {}),
    ...(options.force ? { replyTo: ask.message } : {}),
  });
  if (message !== null && issued) env.store.placeCallbacks(issued.nonces, message);
  if (message !== null && view) {
    ask.house.keyboards.opened({ chat: ask.chat, message, rows: options.buttons ?? [], view });
  }
  return message;
}

/** The task whose state these buttons are about, as it is now. */
function boundView(ask: Ask, rows: ButtonRows): RunView | null {
  const specs = rows.flat().flatMap((spec) => ('url' in spec ? [] : [spec]));
  const task = specs.find(({ bind }) => bind?.stage)?.bind?.task;
  return task ? ask.house.env.control.view(task) : null;
}

/** The project bound to a chat or its topic, if exactly one is (CMD-1, TOPIC-5). */
export function boundRepo(env: Env, chat: string, thread: number | null): string | null {
  const row = env.store.chat(chat);
  if (!row) return null;
  const ofThread = Object.entries(row.threads).find(([, id]) => id === thread)?.[0];
  if (thread !== null && ofThread !== undefined) return ofThread;
  return row.projects?.length === 1 ? (row.projects[0] ?? null) : null;
}

/** Writes the audit row of a request (AUD-1). */
export function audit(ask: Ask, command: string, outcome: Outcome): void {
  const { user, chat, message, at } = ask;
  ask.house.env.store.audit({
    ...(outcome.binding ?? NO_BINDING),
    at,
    user: user.id,
    name: user.name,
    role: user.role,
    chat,
    message,
    command,
    result: outcome.result,
    reason: outcome.reason ?? '',
  });
}
