import { badRequest } from './refusal.ts';

/** A tap waiting for its answer. */
export interface OpenQuery {
  id: string;
  userId: number;
  askedAt: number;
}

/** Taps that Telegram still accepts an answer for. They do not survive a restart, like there. */
export interface CallbackQueries {
  open(userId: number): OpenQuery;
  /** Closes it. Throws 400 `query is too old …` when unknown, answered already or older than the limit. */
  take(id: string): OpenQuery;
}

const TOO_OLD = 'query is too old and response timeout expired or query ID is invalid';

/** Creates the list; `ttlMs` is how long a tap may wait for its answer. */
export function createCallbackQueries(options: {
  nextId: () => string;
  now: () => number;
  ttlMs: number;
}): CallbackQueries {
  const queries = new Map<string, OpenQuery>();
  const isOld = ({ askedAt }: OpenQuery): boolean => options.now() - askedAt > options.ttlMs;
  return {
    open(userId) {
      for (const query of queries.values()) if (isOld(query)) queries.delete(query.id);
      const query = { id: options.nextId(), userId, askedAt: options.now() };
      queries.set(query.id, query);
      return query;
    },
    take(id) {
      const query = queries.get(id);
      queries.delete(id);
      if (!query || isOld(query)) throw badRequest(TOO_OLD);
      return query;
    },
  };
}
