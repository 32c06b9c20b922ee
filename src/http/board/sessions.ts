import { createHmac, randomBytes } from 'node:crypto';
import { sameSecret } from '../secret.ts';

/** Who signed in: the holder of the token, or a person of the chat. */
export type Signed = { kind: 'token' } | { kind: 'person'; id: string };

const HOURS = 12;
export const SESSION_SECONDS = HOURS * 3600;
export const COOKIE = 'orch_board';

/**
 * Signed cookies without a table: they end after twelve hours or with the process, and what their person may see is
 * asked anew at every request, so that a removed user sees nothing more.
 */
export function createSessions(now: () => number) {
  const key = randomBytes(32);
  const sign = (text: string): string => createHmac('sha256', key).update(text).digest('base64url');
  return {
    issue(signed: Signed): string {
      const who = signed.kind === 'token' ? 't' : `p${signed.id}`;
      const body = `${who}.${now() + SESSION_SECONDS * 1000}`;
      return `${body}.${sign(body)}`;
    },
    read(cookie: string): Signed | null {
      const [who = '', until = '', mac = ''] = cookie.split('.');
      if (!sameSecret(mac, sign(`${who}.${until}`)) || !(Number(until) > now())) return null;
      return who === 't' ? { kind: 'token' } : { kind: 'person', id: who.slice(1) };
    },
  };
}

/** The session cookie of a request. */
export const cookieOf = (header: string): string | undefined =>
  header
    .split(/; */)
    .find((pair) => pair.startsWith(`${COOKIE}=`))
    ?.slice(COOKIE.length + 1);

/** Inside Telegram's web client the page is a frame of another site, which needs the long form; that is for https only. */
export const cookieLine = (value: string, secure: boolean): string =>
  `${COOKIE}=${value}; HttpOnly; Path=/board; Max-Age=${SESSION_SECONDS}; ${
    secure ? 'Secure; SameSite=None; Partitioned' : 'SameSite=Lax'
  }`;
