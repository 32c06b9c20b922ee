import { createHash, randomBytes } from 'node:crypto';
import type { ChatStorage } from './storage.ts';

/** One-time keys and the browser sessions they open (LOCAL-2). */
export interface SessionKeys {
  /** A fresh key, usable once. */
  issue(): string;
  /** Number of keys issued and not used yet. */
  outstanding(): number;
  /** Uses a key: the secret of a new session, or undefined when the key is unknown or used. */
  redeem(key: string): string | undefined;
  isSession(secret: string): boolean;
}

interface Session {
  hash: string;
  expiresAt: number;
}

const SESSION_DAYS = 30;
/** How long a browser stays signed in. */
export const SESSION_SECONDS = SESSION_DAYS * 24 * 3600;
const MAX_SESSIONS = 50;
const MAX_KEYS = 16;
const STORED_AT = 'page-sessions';

const hashOf = (secret: string): string => createHash('sha256').update(secret).digest('hex');
const randomSecret = (): string => randomBytes(24).toString('base64url');

/** Keys live in memory, sessions survive restarts; both are kept as hashes only. */
export function createSessionKeys(deps: {
  storage: ChatStorage;
  now: () => number;
  random?: () => string;
}): SessionKeys {
  const { storage, now, random = randomSecret } = deps;
  const keys = new Set<string>();
  const sessions = (): Session[] =>
    (JSON.parse(storage.getValue(STORED_AT) ?? '[]') as Session[]).filter(
      ({ expiresAt }) => expiresAt > now(),
    );

  return {
    issue() {
      const key = random();
      keys.add(hashOf(key));
      const [oldest] = keys;
      if (keys.size > MAX_KEYS && oldest) keys.delete(oldest);
      return key;
    },
    outstanding: () => keys.size,
    redeem(key) {
      if (!keys.delete(hashOf(key))) return undefined;
      const secret = random();
      const session = { hash: hashOf(secret), expiresAt: now() + SESSION_SECONDS * 1000 };
      storage.setValue(STORED_AT, JSON.stringify([...sessions(), session].slice(-MAX_SESSIONS)));
      return secret;
    },
    isSession: (secret) => sessions().some(({ hash }) => hash === hashOf(secret)),
  };
}
