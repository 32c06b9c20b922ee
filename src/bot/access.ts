import type { Actor, ChatRole } from '../pipeline/events.ts';
import type { House } from './ask.ts';
import type { ChatUser } from './chat-store.ts';
import type { Env } from './env.ts';
import type { Texts } from './texts.ts';

const RANK: Readonly<Record<ChatRole, number>> = { viewer: 0, operator: 1, owner: 2 };

/** Roles from least to most rights (chat.md section 3). */
export const ROLE_NAMES: readonly ChatRole[] = ['viewer', 'operator', 'owner'];

export const isRole = (text: string): text is ChatRole => ROLE_NAMES.includes(text as ChatRole);

/** Whether a role may do what needs `needed`. */
export const hasRole = (role: ChatRole, needed: ChatRole): boolean => RANK[role] >= RANK[needed];

/** Projects a user sees; null = all (ACC-2). */
export const scopeOf = (user: ChatUser): readonly string[] | null =>
  user.projects.length === 0 ? null : user.projects;

export const sees = (user: ChatUser, repo: string): boolean =>
  user.projects.length === 0 || user.projects.includes(repo);

/** Commands the registry field `approvers` narrows (ACC-10). */
const NARROWED: ReadonlySet<string> = new Set(['approve', 'reject', 'answer', 'confirm', 'reject-with']);

/** False when the project names approvers and this user is none of them (ACC-10). */
function mayDecide(env: Env, user: ChatUser, repo: string, action: string): boolean {
  if (!NARROWED.has(action)) return true;
  const approvers = env.control.projects().find((project) => project.repo === repo)?.approvers ?? [];
  return approvers.length === 0 || approvers.includes(String(user.id));
}

/** What somebody wants to do, and to which project; none for what concerns no project. */
export interface Wish {
  role: ChatRole;
  action: string;
  project?: { repo: string; name: string } | undefined;
}

/** Why a person may not do it, in one sentence; null when they may (section 3, ACC-2, ACC-10). */
export function denialOf(
  { house, user, texts }: { house: Pick<House, 'env'>; user: ChatUser; texts: Texts },
  { role, action, project }: Wish,
): string | null {
  if (!hasRole(user.role, role)) return texts.t('answer-forbidden', { role });
  if (project === undefined) return null;
  if (!sees(user, project.repo)) return texts.t('access-scope', { project: project.name });
  return mayDecide(house.env, user, project.repo, action)
    ? null
    : texts.t('access-approver', { project: project.name });
}

export const actorOf = (user: ChatUser): Actor => ({
  surface: 'chat',
  id: String(user.id),
  name: user.name,
  role: user.role,
});

/** Whether taking the owner role from `user` would leave none (ACC-7). */
export const isLastOwner = (env: Env, user: ChatUser): boolean =>
  user.role === 'owner' && env.store.users().filter(({ role }) => role === 'owner').length === 1;

const HOUR_MS = 3_600_000;
const FORBIDDEN_MAX = 10;

/** Counts a forbidden action; true exactly when owners should hear of it (CB-8). */
export function countForbidden(env: Env, user: number, at: number): boolean {
  const key = `forbidden.${user}`;
  const { since, n } = JSON.parse(env.store.memo(key) ?? '{"since":0,"n":0}') as { since: number; n: number };
  const fresh = at - since < HOUR_MS;
  const next = { since: fresh ? since : at, n: fresh ? n + 1 : 1 };
  env.store.putMemo(key, JSON.stringify(next));
  return next.n === FORBIDDEN_MAX + 1;
}
