import { setMaxListeners } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import type { Api } from 'grammy';
import type { Logger } from '../log.ts';
import type { ChatStore, Lang } from './chat-store.ts';
import type { Control } from './ports.ts';
import type { BotSettings } from './settings.ts';
import type { Texts } from './texts.ts';

/** Time as the bot sees it; tests give a virtual one. */
export interface Timers {
  now(): number;
  /** Resolves after `ms`, or at once when `signal` is aborted; never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** The real clock; a pending sleep does not keep the process alive. */
export const realTimers = (now: () => number = Date.now): Timers => ({
  now,
  sleep: (ms, signal) =>
    wait(ms, undefined, { ref: false, ...(signal ? { signal } : {}) }).catch(() => undefined),
});

/** Ends any number of sleeps at once. */
export function createStop(): AbortController {
  const stop = new AbortController();
  setMaxListeners(0, stop.signal);
  return stop;
}

/** Counters of CHAT-4, PUB-7 and the metrics page. */
export interface ChatCounters {
  error(): void;
  parseError(): void;
  call(method: string, result: string): void;
}

export const noCounters: ChatCounters = { error() {}, parseError() {}, call() {} };

/** What every part of the bot works with. */
export interface Env {
  control: Control;
  store: ChatStore;
  settings: BotSettings;
  texts(lang: Lang, tz?: string): Texts;
  timers: Timers;
  log: Logger;
  counters: ChatCounters;
  api: Api;
  /** The same with the patience documents and long polls need (CHAT-18). */
  patientApi: Api;
}

/** Texts in the language of a chat (CHAT-6). */
export const textsOf = (env: Env, chat: string): Texts =>
  env.texts(env.store.chat(chat)?.lang ?? env.settings.lang, env.settings.tz);
