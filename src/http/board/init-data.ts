import { createHmac } from 'node:crypto';
import { sameSecret } from '../secret.ts';

/** Older sign-ins are not believed: a link may have been copied. */
const MAX_AGE_S = 3600;
const MAX_BYTES = 8192;

/**
 * The Telegram user id that signed data of a Mini App names, or null when it is forged, too old or without a user
 * (core.telegram.org/bots/webapps, "Validating data received via the Mini App").
 */
export function verifyInitData(
  initData: string,
  { botToken, now }: { botToken: string; now: number },
): string | null {
  if (initData.length > MAX_BYTES) return null;
  const fields = new URLSearchParams(initData);
  const hash = fields.get('hash') ?? '';
  fields.delete('hash');
  const checked = [...fields].map(([key, value]) => `${key}=${value}`).sort();
  const key = createHmac('sha256', 'WebAppData').update(botToken).digest();
  const expected = createHmac('sha256', key).update(checked.join('\n')).digest('hex');
  if (!sameSecret(hash.toLowerCase(), expected)) return null;
  const ageS = now / 1000 - Number(fields.get('auth_date') ?? Number.NaN);
  if (!(ageS < MAX_AGE_S && ageS > -MAX_AGE_S)) return null;
  return userOf(fields.get('user'));
}

function userOf(text: string | null): string | null {
  try {
    const { id } = JSON.parse(text ?? '') as { id?: unknown };
    return Number.isSafeInteger(id) ? String(id) : null;
  } catch {
    return null;
  }
}
