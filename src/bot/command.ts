import type { ChatRole } from '../pipeline/events.ts';
import type { Ask, Outcome } from './ask.ts';

export type CommandGroup = 'work' | 'decide' | 'look' | 'repo' | 'chat';

/** One chat command; the table of these drives dispatch, `/help` and the command menu (CHAT-17). */
export interface Command {
  name: string;
  role: ChatRole;
  group: CommandGroup;
  /** Arguments as `/help` prints them. */
  args: string;
  example: string;
  /** Changes state: not run when it is old (CHAT-15). */
  changes: boolean;
  run(ask: Ask, args: string): Promise<Outcome>;
}

export const usageOf = ({ name, args }: Pick<Command, 'name' | 'args'>): string => `/${name} ${args}`.trim();

/** A typed command: name, bot it was addressed to, arguments. Null when the text is none. */
export function parseCommand(text: string): { name: string; bot: string | null; args: string } | null {
  const match = /^\/([A-Za-z0-9_]{1,32})(?:@(\w+))?(?:\s+([\s\S]*))?$/.exec(text.trim());
  if (!match) return null;
  return { name: (match[1] ?? '').toLowerCase(), bot: match[2] ?? null, args: match[3]?.trim() ?? '' };
}
