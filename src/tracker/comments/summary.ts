import { ROLES, type Role } from '../../pipeline/stages.ts';
import { addSpent, formatSpent, type Spent } from './format.ts';
import { roleTitle } from './status-comment.ts';
import { type Lang, WORDS } from './words.ts';

/** One run of the task, failed ones included. */
export interface SpentRun {
  role: Role;
  usage: Spent | null;
}

/** What the whole task cost, by role in pipeline order (PLANE-52). */
export function renderSummary(runs: readonly SpentRun[], lang: Lang): string {
  const words = WORDS[lang];
  const total = formatSpent(addSpent(runs.map((run) => run.usage)), words);
  const items = ROLES.flatMap((role) => {
    const own = runs.filter((run) => run.role === role).map((run) => run.usage);
    const spent = formatSpent(addSpent(own));
    return spent === null ? [] : [`<li>${roleTitle(role)}: ${spent}</li>`];
  });
  const list = items.length === 0 ? '' : `<ul>${items.join('')}</ul>`;
  return `<p>📊 ${words.total} ${total ?? '—'}</p>${list}`;
}
