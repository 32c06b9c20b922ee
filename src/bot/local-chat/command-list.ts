import type { BotCommand, BotCommandScope } from '@grammyjs/types';
import { badRequest } from './refusal.ts';

/** The menus set with setMyCommands, per scope and language. */
export interface CommandList {
  set(commands: BotCommand[], scope: BotCommandScope | undefined, language: string): void;
  get(scope: BotCommandScope | undefined, language: string): BotCommand[];
  remove(scope: BotCommandScope | undefined, language: string): void;
  /** The menu a person sees in a private chat: the narrowest scope that was set, in Telegram's order. */
  forPrivateChat(chatId: number, language: string): BotCommand[];
}

const keyOf = (scope: BotCommandScope | undefined, language: string): string => {
  const { type = 'default', ...rest } = scope ?? {};
  return [type, ...Object.values(rest).map(String), language].join('/');
};

/** Creates an empty list; the bot sets its commands at every start (CHAT-17), so nothing is stored. */
export function createCommandList(): CommandList {
  const menus = new Map<string, BotCommand[]>();
  return {
    set(commands, scope, language) {
      if (commands.length > 100) throw badRequest('BOT_COMMANDS_TOO_MUCH');
      for (const { command, description } of commands) {
        if (!/^\/?[a-z0-9_]{1,32}$/.test(command ?? '')) throw badRequest('BOT_COMMAND_INVALID');
        if (!description || description.length > 256) throw badRequest('BOT_COMMAND_DESCRIPTION_INVALID');
      }
      menus.set(
        keyOf(scope, language),
        commands.map((entry) => ({ ...entry, command: entry.command.replace(/^\//, '') })),
      );
    },
    get: (scope, language) => menus.get(keyOf(scope, language)) ?? [],
    remove: (scope, language) => void menus.delete(keyOf(scope, language)),
    forPrivateChat(chatId, language) {
      const scopes: (BotCommandScope | undefined)[] = [
        { type: 'chat', chat_id: chatId },
        { type: 'all_private_chats' },
        undefined,
      ];
      for (const scope of scopes) {
        const menu = menus.get(keyOf(scope, language)) ?? menus.get(keyOf(scope, ''));
        if (menu) return menu;
      }
      return [];
    },
  };
}
