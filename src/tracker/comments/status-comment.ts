import type { Role, Stage } from '../../pipeline/stages.ts';
import type { DocumentLink } from './documents.ts';
import { formatDuration, formatSpent, type Spent } from './format.ts';
import { escapeHtml, link } from './html.ts';
import { type Lang, WORDS } from './words.ts';

export const ICONS: Readonly<Record<Role, string>> = {
  analyst: '🔍',
  architect: '📐',
  developer: '💻',
  reviewer: '🔎',
  tester: '🧪',
  deployer: '🚀',
};

/** `Analyst`: the same in both languages. */
export const roleTitle = (role: string): string => role.charAt(0).toUpperCase() + role.slice(1);

export interface StatusComment {
  role: Role;
  stage: Stage;
  lang: Lang;
  /** As it stands in the file; null drops the line. */
  verdict?: string | null;
  /** Of the attempt's run; unknown drops the line. */
  durationMs?: number | null;
  documents?: readonly DocumentLink[];
  usage?: Spent | null;
  /** Real names of the control states; null where the project has none (PLANE-48). */
  approved: string | null;
  rejected: string | null;
  /** Told about a part that could not be built and was left out (PLANE-47). */
  onPart?: (error: unknown) => void;
}

/** The one comment of a role and attempt (PLANE-50). A part that cannot be built drops only itself. */
export function renderStatusComment(input: StatusComment): string {
  const words = WORDS[input.lang];
  const part = (build: () => string | null): string => {
    try {
      return build() ?? '';
    } catch (error) {
      input.onPart?.(error);
      return '';
    }
  };
  const head = `${ICONS[input.role]} ${roleTitle(input.role)}`;
  const lines = [
    part(() => `${head} — ${description(input)}`) || head,
    part(() => verdictLine(input)),
    part(() => {
      const duration = formatDuration(input.durationMs);
      return duration && `${words.duration}: ${duration}`;
    }),
  ];
  const documents = part(() => documentBlock(words.documents, input.documents ?? []));
  const tail = part(() => {
    const spent = formatSpent(input.usage);
    return spent && `<p><sub>${spent}</sub></p>`;
  });
  return `<p>${lines.filter(Boolean).join('<br>')}</p>${documents}${tail}`;
}

function description({ role, stage, lang, approved, rejected }: StatusComment): string {
  const words = WORDS[lang];
  if (role === 'analyst') {
    const state = (name: string | null) => (name === null ? null : escapeHtml(name));
    return words.analystDone({ approved: state(approved), rejected: state(rejected) });
  }
  if (role === 'deployer') return words.roleDone[stage === 'deploy' ? 'deploy' : 'deploy-staging'];
  return words.roleDone[role];
}

function verdictLine({ role, lang, verdict }: StatusComment): string | null {
  const value = verdict?.trim();
  if (!value) return null;
  const words = WORDS[lang];
  return `${role === 'deployer' ? words.status : words.verdict}: ${escapeHtml(value, 200)}`;
}

function documentBlock(title: string, documents: readonly DocumentLink[]): string | null {
  if (documents.length === 0) return null;
  const items = documents.map(({ url, label }) => `<li>${link(url, label)}</li>`).join('');
  return `<p><b>${title}</b></p><ul>${items}</ul>`;
}
