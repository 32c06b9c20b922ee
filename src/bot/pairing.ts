import { createHash, randomInt } from 'node:crypto';
import type { ChatRole } from '../pipeline/events.ts';
import type { ChatUser, PairingCode } from './chat-store.ts';
import type { Env } from './env.ts';

/** Crockford base32: no I, L, O, U. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const LENGTH = 8;
const HOUR_MS = 3_600_000;
const LOCK_MS = 24 * HOUR_MS;

/** Undoes what people do to a code: case, dashes, look-alike letters. */
export const normalCode = (text: string): string =>
  text.toUpperCase().replace(/[\s-]/g, '').replace(/O/g, '0').replace(/[IL]/g, '1');

const hashOf = (code: string): string => createHash('sha256').update(normalCode(code)).digest('hex');

/** What a new code needs; also where no bot runs yet. */
export interface PairingDeps {
  timers: Pick<Env['timers'], 'now'>;
  settings: Pick<Env['settings'], 'pairingTtlMs'>;
  store: Pick<Env['store'], 'putPairing'>;
}

/** `XXXX-XXXX`; only its hash is stored (ACC-3). */
export function newPairingCode(
  env: PairingDeps,
  input: { role: ChatRole; projects: readonly string[]; createdBy: string },
): string {
  const code = Array.from({ length: LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
  const row: PairingCode = {
    ...input,
    hash: hashOf(code),
    expiresAt: env.timers.now() + env.settings.pairingTtlMs,
  };
  env.store.putPairing(row);
  return `${code.slice(0, 4)}-${code.slice(4)}`;
}

interface Tries {
  wrong: readonly number[];
  lockedUntil: number;
}

const readTries = (env: Env, user: number): Tries =>
  JSON.parse(env.store.memo(`pairing.${user}`) ?? '{"wrong":[],"lockedUntil":0}') as Tries;

function countWrong(env: Env, user: number, at: number): void {
  const wrong = [...readTries(env, user).wrong.filter((then) => at - then < HOUR_MS), at];
  const lockedUntil = wrong.length >= env.settings.pairingMaxTries ? at + LOCK_MS : 0;
  env.store.putMemo(`pairing.${user}`, JSON.stringify({ wrong, lockedUntil }));
}

/** Uses a code; null for a wrong, used or expired one and for a locked-out sender, all alike (ACC-5). */
export function pair(env: Env, person: { id: number; name: string }, code: string): ChatUser | null {
  const at = env.timers.now();
  return env.store.transaction(() => {
    if (readTries(env, person.id).lockedUntil > at) return null;
    const found = env.store.takePairing(hashOf(code), at);
    if (!found) {
      countWrong(env, person.id, at);
      return null;
    }
    const role = env.store.users().length === 0 ? 'owner' : found.role;
    const user: ChatUser = {
      id: person.id,
      name: person.name,
      role,
      projects: found.projects,
      tz: null,
      quietHours: null,
      createdBy: found.createdBy,
      createdAt: at,
    };
    env.store.putUser(user);
    return user;
  });
}

/** Seeds an empty user table from the settings (ACC-8); true when it did. */
export function seedUsers(env: Env): boolean {
  if (env.store.users().length > 0 || env.settings.allowedUsers.length === 0) return false;
  const createdAt = env.timers.now();
  for (const { id, role } of env.settings.allowedUsers) {
    const name = String(id);
    env.store.putUser({
      id,
      name,
      role,
      projects: [],
      tz: null,
      quietHours: null,
      createdBy: 'settings',
      createdAt,
    });
  }
  return true;
}

/** A code for the first owner, or null when there is one already (ACC-3). */
export const ownerCode = (env: Env): string | null =>
  env.store.users().some(({ role }) => role === 'owner')
    ? null
    : newPairingCode(env, { role: 'owner', projects: [], createdBy: 'console' });
