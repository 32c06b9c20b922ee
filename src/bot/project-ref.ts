import { sees } from './access.ts';
import { type Ask, type Outcome, say } from './ask.ts';
import type { ProjectInfo } from './ports.ts';
import { firstWord } from './task-ref.ts';

/** What a command about a project comes to when there is none. */
export const NO_PROJECT: Outcome = { result: 'unknown_project' };

/** Whether a word names this project: by repository, name or prefix. */
export const isNamed = ({ repo, name, prefix }: ProjectInfo, word: string): boolean =>
  [repo, name, prefix].some((known) => known.toLowerCase() === word.toLowerCase());

/** Projects a person sees (ACC-2). */
export const visible = (ask: Ask): readonly ProjectInfo[] =>
  ask.house.env.control.projects().filter(({ repo }) => sees(ask.user, repo));

/** The project a word names, or without one the bound or only one; says why there is none. */
export async function projectOf(ask: Ask, word: string): Promise<ProjectInfo | null> {
  const mine = visible(ask);
  const only = mine.length === 1 ? mine[0] : undefined;
  const found =
    word === ''
      ? (mine.find(({ repo }) => repo === ask.repo) ?? only)
      : mine.find((project) => isNamed(project, word));
  if (found) return found;
  if (ask.house.env.control.projects().some((project) => isNamed(project, word)))
    await say(ask, ask.texts.t('access-scope', { project: word }));
  else {
    const projects = mine.map(({ repo }) => repo).join(', ');
    await say(ask, ask.texts.t('reply-unknown-project', { project: word || '—', projects }));
  }
  return null;
}

/** The project by argument, bound chat, or because it is the only one (CMD-12); null = ask. */
export function chooseProject(ask: Ask, text: string): { repo: string | null; text: string } {
  const projects = visible(ask);
  const [line = ''] = text.split('\n');
  const { word } = firstWord(line);
  const named = projects.find((project) => isNamed(project, word));
  if (named && text.trim() !== word) return { repo: named.repo, text: text.trim().slice(word.length).trim() };
  if (ask.repo !== null) return { repo: ask.repo, text };
  return { repo: projects.length === 1 ? (projects[0]?.repo ?? null) : null, text };
}
