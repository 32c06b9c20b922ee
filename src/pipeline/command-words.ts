import type { CommandEvent } from './events.ts';
import { type Move, patch, type Refusal, refuse } from './move.ts';
import type { HumanWord } from './task.ts';
import type { WaitingKind } from './waiting.ts';

/** Does one command; a refusal changes nothing. */
export type Handler = (move: Move, event: CommandEvent) => Refusal | undefined;

const MAX_WORDS = 4000;

/** Keeps what a person said, in full up to 4,000 characters (PIPE-32). */
export const say = (move: Move, event: CommandEvent, kind: HumanWord['kind'], fallback = ''): void => {
  const text = (event.text?.trim() || fallback).slice(0, MAX_WORDS);
  if (text === '') return;
  const { stage, attempt, words } = move.task;
  patch(move, { words: [...words, { kind, text, by: event.actor.name, at: move.at, stage, attempt }] });
};

/** True while the task is in one of these waits. */
export const waitsFor = (move: Move, ...kinds: WaitingKind[]): boolean =>
  (kinds as string[]).includes(move.task.activity.kind);

/** Where the task is, for the end of a refusal. */
export const now = (move: Move): string => {
  const { stage, attempt, activity } = move.task;
  return `the task is at ${stage}, attempt ${attempt}, ${activity.kind}`;
};

/** The refusal of a command that does not fit the present state. */
export const notNow = (move: Move): Refusal => refuse('not_waiting', `Not now: ${now(move)}.`);
