import { AppError } from '../errors.ts';
import type { TextParams } from '../pipeline/effects.ts';
import { LookAgain, type Payload } from '../queues/catalog.ts';

/** What a send or edit came to (PUB-5). */
export interface ChatOutcome {
  class: 'ok' | 'not_modified' | 'gone' | 'failed';
  retryAfterS?: number;
  /** When the publisher itself wants to be asked again, milliseconds. */
  retryInMs?: number;
}

/** The bot, as the chat jobs use it. */
export interface ChatPort {
  refreshCard(task: number): Promise<ChatOutcome>;
  ping(ping: {
    task: number;
    ping: string;
    sound: 'silent' | 'sound' | 'critical';
    cause: string;
    params: TextParams;
    seq: number;
    at: number;
  }): Promise<ChatOutcome>;
  digest(): Promise<void>;
}

function conclude(what: string, { class: outcome, retryAfterS, retryInMs }: ChatOutcome): null {
  if (outcome !== 'failed') return null;
  const delayMs = retryInMs ?? (retryAfterS === undefined ? undefined : retryAfterS * 1000);
  if (delayMs !== undefined) throw new LookAgain(delayMs);
  throw new AppError('chat-unreachable', `The chat did not take the ${what}.`, {
    fault: 'environment',
    retry: true,
  });
}

/** Draws the newest state of a task's card (PUB-1). */
export const createRefreshCard =
  (chat: ChatPort) =>
  async ({ task }: Payload<'refresh-card'>): Promise<null> =>
    conclude('card', await chat.refreshCard(task));

/** Sends one ping, once per cause (PING-1). */
export const createPing =
  (chat: ChatPort) =>
  async ({ v: _, params, ...rest }: Payload<'ping'>): Promise<null> =>
    conclude('ping', await chat.ping({ ...rest, params: params as TextParams }));

export const createDigest = (chat: ChatPort) => async (): Promise<null> => {
  await chat.digest();
  return null;
};
