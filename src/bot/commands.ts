import type { BotCommand } from 'grammy/types';
import type { ChatRole } from '../pipeline/events.ts';
import { hasRole } from './access.ts';
import type { Command } from './command.ts';
import { CHAT_COMMANDS } from './features/chat-settings.ts';
import { CREATE_COMMANDS } from './features/create.ts';
import { DECIDE_COMMANDS } from './features/decide.ts';
import { helloCommands } from './features/hello.ts';
import { LOOK_COMMANDS } from './features/look.ts';
import { MONEY_COMMANDS } from './features/money.ts';
import { PEOPLE_COMMANDS } from './features/people.ts';
import { QUEUE_COMMANDS } from './features/queue.ts';
import { REPO_COMMANDS } from './features/repo.ts';
import { SWITCH_COMMANDS } from './features/switches.ts';
import type { Texts } from './texts.ts';

/** Every chat command, in the order of `/help`. */
export const COMMANDS: readonly Command[] = [
  ...CREATE_COMMANDS,
  ...LOOK_COMMANDS,
  ...DECIDE_COMMANDS,
  ...QUEUE_COMMANDS,
  ...SWITCH_COMMANDS,
  ...MONEY_COMMANDS,
  ...REPO_COMMANDS,
  ...PEOPLE_COMMANDS,
  ...CHAT_COMMANDS,
  ...helloCommands(() => COMMANDS),
];

/** The command menu of a role (CHAT-17). */
export const commandMenu = (role: ChatRole, texts: Texts): BotCommand[] =>
  COMMANDS.filter((command) => hasRole(role, command.role)).map(({ name }) => ({
    command: name,
    description: texts.t(`help-${name}`),
  }));
