import type { BotCommand, BotCommandScope } from '@grammyjs/types';
import { badRequest } from '../refusal.ts';
import type { MethodHandlers } from './method.ts';

const MAX_ANSWER = 200;

/** Answers to taps, and the command menu (CHAT-17, CB-4). */
export const answerMethods: MethodHandlers<
  'answerCallbackQuery' | 'setMyCommands' | 'getMyCommands' | 'deleteMyCommands'
> = {
  answerCallbackQuery({ params }, { queries, events }) {
    const text = params.text('text');
    if (text.length > MAX_ANSWER) throw badRequest('MESSAGE_TOO_LONG');
    const { id, userId } = queries.take(params.text('callback_query_id'));
    const url = params.text('url');
    const answer = { kind: 'answer' as const, queryId: id, userId, text, alert: params.flag('show_alert') };
    events.emit(url === '' ? answer : { ...answer, url });
    return true;
  },

  setMyCommands({ params }, { commands, events }) {
    const list = params.json<BotCommand[]>('commands');
    if (!Array.isArray(list)) throw badRequest(`can't parse commands: expected an Array of BotCommand`);
    commands.set(list, params.json<BotCommandScope>('scope'), params.text('language_code'));
    events.emit({ kind: 'commands' });
    return true;
  },

  getMyCommands: ({ params }, { commands }) =>
    commands.get(params.json<BotCommandScope>('scope'), params.text('language_code')),

  deleteMyCommands({ params }, { commands, events }) {
    commands.remove(params.json<BotCommandScope>('scope'), params.text('language_code'));
    events.emit({ kind: 'commands' });
    return true;
  },
};
