import { createHash } from 'node:crypto';
import type { InlineKeyboardMarkup } from 'grammy/types';
import type { RunView } from '../pipeline/view.ts';
import type { ButtonRows } from './buttons.ts';
import { headState, renderCard } from './cards/card.ts';
import { cardButtons } from './cards/card-buttons.ts';
import type { CardRow } from './chat-store.ts';
import { type Env, textsOf } from './env.ts';
import { bindRows, buttonsHash, type Issued, issueButtons } from './keyboard.ts';
import { type Line, linesHtml } from './markup.ts';
import type { Sender } from './send.ts';
import type { SendOutcome } from './send-class.ts';
import { stateKind } from './sentence.ts';
import type { Topics } from './topics.ts';

/** What a card should show now. */
export interface Drawing {
  view: RunView;
  lines: readonly Line[];
  /** Equal cores differ only in live activity (PUB-3). */
  core: string;
  hash: string;
  rows: ButtonRows;
  buttonsHash: string;
  /** A state that must be shown, whatever comes (PUB-9). */
  final: boolean;
}

export interface CardDrawer {
  draw(view: RunView, chat: string): Drawing;
  /** Sends or edits one card and stores what is shown; call it inside the chat's lane. */
  show(drawing: Drawing, chat: string): Promise<SendOutcome>;
}

const FINAL = new Set(['cancelled', 'done', 'blocked', 'degraded', 'rolled-back']);
/** Buttons this near to their end are issued anew with the next edit. */
const RENEW_BEFORE_MS = 3_600_000;

export const isFinal = (view: RunView): boolean => FINAL.has(headState(view));

const emptyRow = (task: number, chat: string): CardRow => ({
  task,
  chat,
  thread: null,
  message: null,
  desiredVersion: 0,
  desiredHash: null,
  shownVersion: 0,
  shownHash: null,
  buttonsHash: null,
  keyboard: null,
  state: 'live',
  dueSince: null,
});

export function createCardDrawer(env: Env, sender: Sender, topics: Topics): CardDrawer {
  const { store, settings, timers } = env;

  const endsSoon = (keyboard: string, at: number): boolean => {
    const nonce = /c1\.([A-Za-z0-9_-]{22})/.exec(keyboard)?.[1];
    const row = nonce ? store.callback(nonce) : null;
    return nonce !== undefined && (!row || row.usedAt !== null || row.expiresAt - at < RENEW_BEFORE_MS);
  };

  /** Same buttons keep their nonces (CB-2); others are issued, and those of another attempt superseded. */
  const keyboardOf = (card: CardRow, drawing: Drawing, at: number): Issued => {
    if (card.keyboard !== null && card.buttonsHash === drawing.buttonsHash && !endsSoon(card.keyboard, at))
      return { markup: JSON.parse(card.keyboard) as InlineKeyboardMarkup, nonces: [] };
    const { id, stage, attempt } = drawing.view.task;
    store.supersedeCallbacks({ task: id, chat: card.chat, stage, attempt, at });
    return issueButtons(store, { rows: drawing.rows, chat: card.chat, at, ttlMs: settings.callbackTtlMs });
  };

  const post = async (
    card: CardRow,
    drawing: Drawing,
    markup: InlineKeyboardMarkup,
  ): Promise<SendOutcome> => {
    const { chat, message } = card;
    if (message !== null) {
      const edited = await sender.editNow(chat, message, linesHtml(drawing.lines), markup);
      if (edited.class !== 'gone') return edited;
    }
    const thread = await topics.threadOf(chat, drawing.view.task.repo);
    const outcome = await sender.sendNow({ chat, thread, lines: drawing.lines, markup, silent: true });
    if (outcome.topicLost) await topics.lost(chat, drawing.view.task.repo);
    return outcome;
  };

  const remember = (card: CardRow, drawing: Drawing, message: number, nonces: readonly string[]): void => {
    const { id: task, stage, attempt, headSha: sha } = drawing.view.task;
    store.placeCallbacks(nonces, message);
    store.putMessage({
      task,
      stage,
      attempt,
      sha,
      chat: card.chat,
      message,
      waiting: stateKind(drawing.view.now),
    });
  };

  return {
    draw(view, chat) {
      const texts = textsOf(env, chat);
      const { lines, core } = renderCard(view, texts, { idleMs: settings.activityIdleMs });
      const rows = bindRows(cardButtons(view, texts, settings), view);
      const buttons = buttonsHash(rows);
      const hash = createHash('sha256')
        .update(`${linesHtml(lines)}\n${buttons}`)
        .digest('hex')
        .slice(0, 32);
      return { view, lines, core, hash, rows, buttonsHash: buttons, final: isFinal(view) };
    },
    async show(drawing, chat) {
      const { task } = drawing.view;
      const at = timers.now();
      const card = store.card(task.id, chat) ?? emptyRow(task.id, chat);
      if (card.shownHash === drawing.hash || task.version < card.shownVersion) return { class: 'ok' };
      const wanted: CardRow = {
        ...card,
        desiredVersion: task.version,
        desiredHash: drawing.hash,
        dueSince: drawing.final ? (card.dueSince ?? at) : null,
        state: drawing.final ? 'final' : 'live',
      };
      store.putCard(wanted);
      const { markup, nonces } = keyboardOf(card, drawing, at);
      const outcome = await post(card, drawing, markup);
      if (outcome.class === 'failed') return outcome;
      const message = outcome.message ?? card.message;
      const row = store.chat(chat);
      if (row && !row.reachable) store.putChat({ ...row, reachable: true });
      store.putCard({
        ...wanted,
        message,
        shownVersion: task.version,
        shownHash: drawing.hash,
        buttonsHash: drawing.buttonsHash,
        keyboard: JSON.stringify(markup),
        dueSince: null,
      });
      if (message !== null) remember(card, drawing, message, nonces);
      return outcome;
    },
  };
}
