import { newPairingCode } from '../../bot/pairing.ts';
import type { LoadedConfig } from '../../config/load.ts';
import { createChatStore } from '../../db/chat-store.ts';
import { openDb } from '../../db/open.ts';
import type { HttpClient } from '../../http-client.ts';
import type { CliContext, Flags } from '../context.ts';
import { changing, isNotRunning } from '../running.ts';

/** What Telegram says of the token; null name: it could not be asked. */
export interface BotCheck {
  ok: boolean;
  name: string | null;
  reason: string | null;
}

/** Asks Telegram who the bot is. A network that is away is no reason to refuse the token. */
export async function checkBot(http: HttpClient, { config }: LoadedConfig): Promise<BotCheck> {
  const { apiUrl, botToken, timeoutS } = config.telegram;
  const url = `${apiUrl}/bot${botToken}/getMe`;
  const answer = await http.json({ url, retries: 0, timeoutMs: timeoutS * 1000 });
  if (answer.class === 'ok') {
    const { result } = answer.data as { result?: { username?: string } };
    return { ok: true, name: result?.username ?? null, reason: null };
  }
  const refused = answer.status === 401 || answer.status === 404;
  return {
    ok: !refused,
    name: null,
    reason: refused ? 'Telegram refuses the token' : 'Telegram could not be asked',
  };
}

/** A code for the first owner: from the running process, else written for the next one (ACC-3). */
export async function pairingCode(
  context: CliContext,
  flags: Flags,
  { config }: LoadedConfig,
): Promise<string> {
  try {
    const answer = (await changing(context, flags).call('POST', '/pair', {})) as { code?: string };
    if (answer.code !== undefined) return answer.code;
  } catch (error) {
    if (!isNotRunning(error)) throw error;
  }
  const db = openDb({ file: config.db.path, busyTimeoutMs: config.db.busyTimeoutMs });
  try {
    const deps = {
      timers: { now: Date.now },
      settings: { pairingTtlMs: config.telegram.pairingCodeTtlS * 1000 },
      store: createChatStore(db),
    };
    return newPairingCode(deps, { role: 'owner', projects: [], createdBy: 'console' });
  } finally {
    db.$client.close();
  }
}
