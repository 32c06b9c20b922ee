import { join, resolve } from 'node:path';

/** What relative paths and `~` refer to. */
export interface Places {
  cwd: string;
  homeDir: string;
}

/** Makes a path absolute and expands a leading `~` (SET-4). */
export function absolutePath(text: string, { cwd, homeDir }: Places): string {
  if (text === '~') return homeDir;
  return text.startsWith('~/') ? join(homeDir, text.slice(2)) : resolve(cwd, text);
}
