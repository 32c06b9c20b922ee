import type { IssueComment, TrackerRead, TrackerWrite } from '../port.ts';
import type { PlaneAnswer, PlaneClient } from './client.ts';
import type { PlaneProject } from './project.ts';
import type { Priority } from './rate-limit.ts';
import { idOf, isRow, textOf, toPlaneComment } from './wire.ts';

export interface NewComment {
  html: string;
  author: string;
  key: string;
  priority?: Priority;
}

export interface PlaneComments {
  add(issue: string, comment: NewComment): Promise<TrackerWrite>;
  /** Newest first, all pages. */
  list(issue: string): Promise<TrackerRead<IssueComment[]>>;
  /** Roles whose token Plane refused lately, for `doctor` (PLANE-14). */
  refusedRoles(): string[];
}

const ROLE_REST_MS = 3_600_000;

/** Comments of one project: one per write key, under the role's own token where there is one. */
export function createPlaneComments(
  project: PlaneProject,
  users: () => Promise<ReadonlySet<string>>,
): PlaneComments {
  const { client, store, now, log } = project;
  const restUntil = new Map<string, number>();
  const isUsable = (role: string) => client.hasToken(role) && (restUntil.get(role) ?? 0) <= now();

  const send = async (path: readonly string[], { html, author, key, priority }: NewComment) => {
    const json = { comment_html: html, external_source: 'orchestrator', external_id: key };
    const post = (as: string) =>
      client.call({ method: 'POST', path, json, as, ...(priority ? { priority } : {}) });
    if (author === 'shared' || !isUsable(author)) return post('shared');
    const answer = await post(author);
    if (answer.ok || (answer.status !== 401 && answer.status !== 403)) return answer;
    restUntil.set(author, now() + ROLE_REST_MS);
    log.warn({ role: author, status: answer.status }, 'tracker refused the token of a role');
    return post('shared');
  };
  return {
    add: async (issue, comment) => {
      if (store.commentOf(comment.key) !== null) return { kind: 'skipped', reason: 'written before' };
      const path = await client.items(project.id, issue, 'comments');
      if (path.kind !== 'ok') return asWrite(path);
      const answer = await send(path.value, comment);
      const id = createdId(answer);
      if (id === undefined) return answer.ok ? { kind: 'done' } : asWrite(answer.failure);
      const { html, author, key } = comment;
      store.addComment({ id, writeKey: key, issue, author, html, at: now() });
      return answer.ok ? { kind: 'done' } : { kind: 'skipped', reason: 'written before' };
    },
    list: async (issue) => {
      const path = await client.items(project.id, issue, 'comments');
      if (path.kind !== 'ok') return path;
      const read = await client.list({ path: path.value });
      if (read.kind !== 'ok') return read;
      const bots = await users();
      const comments = read.value.flatMap((row) => toPlaneComment(row) ?? []);
      const value = comments.map(({ id, text, actor, createdAt, ours }) => {
        const own = ours || store.isOwnComment(id) || bots.has(actor);
        return { id, text, authorId: actor, createdAt, own };
      });
      return { kind: 'ok', value: value.sort((a, b) => b.createdAt - a.createdAt) };
    },
    refusedRoles: () => [...restUntil].filter(([, until]) => until > now()).map(([role]) => role),
  };
}

/** Id of what was created, now or before: a 409 that names one is a success (PLANE-6). */
export function createdId(answer: PlaneAnswer): string | undefined {
  if (!answer.ok && answer.status !== 409) return undefined;
  return isRow(answer.data) ? textOf(answer.data.id) : undefined;
}

/** A failure of a call as the outcome of a write (TRK-4). */
export function asWrite(failure: Exclude<TrackerRead<never>, { kind: 'ok' }>): TrackerWrite {
  return failure.kind === 'transient' ? failure : { kind: 'permanent', reason: failure.reason };
}

/** Users of the role tokens, without the shared token's own: their comments are ours (PLANE-46). */
export function createBotUsers(
  client: PlaneClient,
  roles: readonly string[],
): () => Promise<ReadonlySet<string>> {
  const known = new Map<string, string>();
  const userOf = async (as: string): Promise<string | undefined> => {
    const cached = known.get(as);
    if (cached !== undefined) return cached;
    const read = await client.read({ path: ['users', 'me'], as });
    const id = read.kind === 'ok' ? idOf(read.value) : undefined;
    if (id !== undefined) known.set(as, id);
    return id;
  };
  return async () => {
    const own = roles.filter((role) => client.hasToken(role));
    if (own.length === 0) return new Set();
    const shared = await userOf('shared');
    // Without knowing who the shared token is, a person who lent it could be mistaken for a bot.
    if (shared === undefined) return new Set();
    const ids = await Promise.all(own.map(userOf));
    return new Set(ids.filter((id): id is string => id !== undefined && id !== shared));
  };
}
