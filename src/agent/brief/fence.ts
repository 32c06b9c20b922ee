/** Wraps text of others as data (AGENT-10). */
export type Fence = (title: string, text: string) => string;

/**
 * A fence with one token for the whole brief. `nextToken` gives 16 random hex digits and is asked again until
 * the token occurs in none of the texts, so no text can close its own block.
 */
export function createFence(nextToken: () => string, texts: readonly string[]): Fence {
  let token = nextToken();
  while (texts.some((text) => text.includes(token))) token = nextToken();
  return (title, text) => `<<<DATA ${token} ${title}\n${text.trimEnd()}\n>>>DATA ${token}`;
}
