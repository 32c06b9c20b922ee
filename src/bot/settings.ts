import type { ChatRole } from '../pipeline/events.ts';
import type { Lang } from './chat-store.ts';

/** Settings of the chat (settings.md, group telegram); times in milliseconds. */
export interface BotSettings {
  lang: Lang;
  tz: string;
  /** Default reporting chat until an owner configures one (ACC-11). */
  chatId: string | null;
  /** Chat of an earlier surface that cannot be reached here; its tasks report where their project does (LOCAL-5). */
  goneChat: string | null;
  /** Page of the board as people of this chat reach it; null: no button (LINK-4). */
  boardUrl: string | null;
  /** Seeds an empty user table (ACC-8). */
  allowedUsers: readonly { id: number; role: ChatRole }[];
  timeoutMs: number;
  pairingTtlMs: number;
  pairingMaxTries: number;
  callbackTtlMs: number;
  confirmStepTtlMs: number;
  confirmTwoStep: boolean;
  staleCommandMs: number;
  leaveUnknown: boolean;
  topics: 'off' | 'per-project';
  groupPerMin: number;
  draftTtlMs: number;
  cardMinIntervalMs: number;
  activityIntervalMs: number;
  activityIdleMs: number;
  raiseUsd: number;
  quietHours: string | null;
  /** `HH:MM` or `off` (QUIET-3). */
  digestTime: string;
}

/** The defaults of settings.md. */
export const DEFAULT_BOT_SETTINGS: BotSettings = {
  lang: 'en',
  tz: 'UTC',
  chatId: null,
  goneChat: null,
  boardUrl: null,
  allowedUsers: [],
  timeoutMs: 10_000,
  pairingTtlMs: 600_000,
  pairingMaxTries: 5,
  callbackTtlMs: 72 * 3_600_000,
  confirmStepTtlMs: 60_000,
  confirmTwoStep: true,
  staleCommandMs: 3_600_000,
  leaveUnknown: true,
  topics: 'off',
  groupPerMin: 20,
  draftTtlMs: 86_400_000,
  cardMinIntervalMs: 1000,
  activityIntervalMs: 15_000,
  activityIdleMs: 120_000,
  raiseUsd: 25,
  quietHours: null,
  digestTime: '09:00',
};
