import { createHmac } from 'node:crypto';

export const BOT_TOKEN = '7000001:board-token';

/** Data as Telegram signs it for a Mini App. */
export function signedInitData(user: { id: number } | null, atMs: number, token = BOT_TOKEN): string {
  const fields: Record<string, string> = {
    query_id: 'AAF0',
    auth_date: String(Math.floor(atMs / 1000)),
    ...(user === null
      ? {}
      : { user: JSON.stringify({ ...user, first_name: 'Ada & co', language_code: 'en' }) }),
    signature: 'c2lnbmF0dXJl',
  };
  const text = Object.keys(fields)
    .sort()
    .map((key) => `${key}=${fields[key]}`)
    .join('\n');
  const key = createHmac('sha256', 'WebAppData').update(token).digest();
  const hash = createHmac('sha256', key).update(text).digest('hex');
  return new URLSearchParams({ ...fields, hash }).toString();
}
