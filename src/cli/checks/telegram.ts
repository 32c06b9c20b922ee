import { existsSync } from 'node:fs';
import { createChatStore } from '../../db/chat-store.ts';
import { openDb } from '../../db/open.ts';
import type { HttpClient } from '../../http-client.ts';
import type { Check, Place } from './check.ts';
import { type Found, hint, ok, problem } from './finding.ts';

type Answer =
  | { ok: true; result: Record<string, unknown> }
  | { ok: false; status: number | null; reason: string };

/** One method of the Bot API; the address holds the token, so `reason` never repeats it. */
async function ask(http: HttpClient, { config }: Place['loaded'], method: string): Promise<Answer> {
  const { apiUrl, botToken, timeoutS } = config.telegram;
  const url = `${apiUrl}/bot${botToken}/${method}`;
  const answer = await http.json({ url, retries: 0, timeoutMs: timeoutS * 1000 });
  if (answer.class !== 'ok') return { ok: false, status: answer.status ?? null, reason: answer.reason };
  return { ok: true, result: (answer.data as { result?: Record<string, unknown> }).result ?? {} };
}

export const TELEGRAM: Check = {
  name: 'telegram',
  about: 'the bot token is valid, the Bot API answers, and updates arrive the way ORCH_TELEGRAM_MODE says',
  mends: 'removes a webhook that keeps a polling bot from its updates',
  async look({ http, loaded }) {
    if (loaded.config.telegram.botToken === undefined) return [ok('not used; the chat is the local page')];
    const me = await ask(http, loaded, 'getMe');
    if (!me.ok)
      return me.status === 401 || me.status === 404
        ? [problem('the token is refused', 'take a valid one from @BotFather for ORCH_TELEGRAM_BOT_TOKEN')]
        : [problem(me.reason, 'check the network, or ORCH_TELEGRAM_API_URL')];
    return [
      ok(`@${String(me.result.username)}`),
      ...(await updatesFound(http, loaded)),
      ...seedsFound(loaded),
    ];
  },
};

/** Users named in the environment count only while nobody is paired (ACC-8). */
function seedsFound({ config }: Place['loaded']): Found[] {
  const { path: file, busyTimeoutMs } = config.db;
  if ((config.telegram.allowedUsers ?? []).length === 0 || !existsSync(file)) return [];
  const db = openDb({ file, busyTimeoutMs, readonly: true });
  const users = createChatStore(db).users().length;
  db.$client.close();
  const fix = 'invite with /pair and change roles with /users in the chat';
  return users === 0
    ? []
    : [
        hint(`ORCH_TELEGRAM_ALLOWED_USERS is ignored: ${users} user(s) are known already`, fix, {
          of: 'users',
        }),
      ];
}

async function updatesFound(http: HttpClient, loaded: Place['loaded']): Promise<Found[]> {
  const info = await ask(http, loaded, 'getWebhookInfo');
  if (!info.ok) return [];
  const { url = '', last_error_message: failed, pending_update_count: pending = 0 } = info.result;
  const { mode, webhookUrl } = loaded.config.telegram;
  const of = 'updates';
  if (mode === 'polling') {
    if (url === '') return [ok('polled', of)];
    const mend = async () => {
      const gone = await ask(http, loaded, 'deleteWebhook');
      if (!gone.ok) throw new Error(gone.reason);
      return `removed the webhook ${String(url)}`;
    };
    return [
      hint(`polled, but a webhook is registered: ${String(url)}`, 'the next start removes it', { of, mend }),
    ];
  }
  if (url !== webhookUrl)
    return [
      hint(
        `the webhook is ${url === '' ? 'not registered' : String(url)}`,
        'orchestrator start registers it',
        { of },
      ),
    ];
  if (typeof failed === 'string')
    return [
      problem(
        `${String(pending)} wait; the last delivery failed: ${failed}`,
        `make ${webhookUrl} reachable from Telegram`,
        { of },
      ),
    ];
  return [ok(`webhook ${webhookUrl}`, of)];
}
