import { text } from 'node:stream/consumers';
import type { CliContext } from './context.ts';

/** All of standard input. */
export const readInput = ({ stdin }: Pick<CliContext, 'stdin'>): Promise<string> => text(stdin);

/** A person's words from the arguments; a single `-` means standard input. */
export async function wordsOf(
  context: CliContext,
  words: readonly string[] | undefined,
): Promise<string | undefined> {
  if (words === undefined || words.length === 0) return undefined;
  if (words.length === 1 && words[0] === '-') return (await readInput(context)).trim();
  return words.join(' ');
}
