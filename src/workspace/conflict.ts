import { readFile } from 'node:fs/promises';
import type { GitPlace } from './git.ts';
import type { Repository } from './repository.ts';
import { below, hasNoSymlink } from './safe-path.ts';

const CONTEXT_LINES = 3;
const LISTED_COMMITS = 10;

export interface Conflict {
  files: string[];
  /** Files, hunks with markers, and the commits of main that touched them (SHIP-57). */
  text: string;
}

/** Reads a conflicting rebase in progress; null when no file is in conflict. */
export async function readConflict(
  repo: Repository,
  place: GitPlace,
  request: { onto: string; head: string; maxChars: number },
): Promise<Conflict | null> {
  const out = await repo.git.text(place, ['diff', '--name-only', '--diff-filter=U', '-z']);
  const files = [...new Set(out.split('\0').filter(Boolean))].sort();
  if (files.length === 0) return null;
  const share = Math.max(200, Math.floor(request.maxChars / files.length));
  const parts: string[] = [];
  for (const file of files) parts.push(cut(await describeFile(repo, place, file, request), share));
  return { files, text: cut(parts.join('\n\n'), request.maxChars) };
}

async function describeFile(
  repo: Repository,
  place: GitPlace,
  file: string,
  request: { onto: string; head: string },
): Promise<string> {
  const root = place.workTree as string;
  const content = (await hasNoSymlink(root, file))
    ? await readFile(below(root, file), 'utf8').catch(() => '')
    : '';
  const hunks = conflictHunks(content);
  const body = hunks.length > 0 ? hunks.join('\n...\n') : 'one side removed or replaced the file';
  const range = `${request.head}..${request.onto}`;
  const args = [
    'log',
    '--format=%h %s',
    `--max-count=${LISTED_COMMITS}`,
    '--end-of-options',
    range,
    '--',
    file,
  ];
  const commits = await repo.git.text(place, args);
  return `${file}\n${body}${commits ? `\nchanged on main by:\n${commits}` : ''}`;
}

/** The conflict hunks of a file, each with markers and a few lines around it. */
export function conflictHunks(content: string): string[] {
  const lines = content.split('\n');
  const hunks: string[] = [];
  for (let i = 0; i < lines.length; i += 1) {
    if (!lines[i]?.startsWith('<<<<<<< ')) continue;
    const end = lines.findIndex((line, at) => at > i && line.startsWith('>>>>>>> '));
    if (end < 0) break;
    hunks.push(lines.slice(Math.max(0, i - CONTEXT_LINES), end + 1 + CONTEXT_LINES).join('\n'));
    i = end;
  }
  return hunks;
}

const cut = (text: string, max: number): string =>
  text.length <= max ? text : `${text.slice(0, max - 2)}\n…`;
