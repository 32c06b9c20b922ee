import { existsSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { Config } from '../../config/schema.ts';
import { createDeliveryStore } from '../../db/deliveries.ts';
import { openDb } from '../../db/open.ts';
import type { GiteaApi } from '../../forge/gitea/api.ts';
import { ensureHook, findHook, testHook } from '../../forge/gitea/setup.ts';
import type { Place } from './check.ts';
import { type Found, hint, ok, problem } from './finding.ts';
import { isUp } from './webhooks.ts';

/** A server gives a call up after five seconds. */
const PATIENCE_MS = 8_000;
const LOOK_MS = 200;

const ALLOW =
  'let the server call us: a private address must be in ALLOWED_HOST_LIST of its app.ini ([webhook], from Gitea 1.27 [security])';

/** The webhook of one repository, and whether the server reaches us by it (FORGE-58, FORGE-107). */
export async function hookFound(place: Place, api: GiteaApi, repo: string): Promise<Found> {
  const { loaded, now } = place;
  const { server, forge } = loaded.config;
  const secret = forge.giteaWebhookSecret;
  if (server.publicUrl === undefined || secret === undefined) {
    const fix = 'set ORCH_PUBLIC_URL and ORCH_GITEA_WEBHOOK_SECRET, then: orchestrator init gitea';
    return hint('none; the forge is polled', fix);
  }
  const url = `${server.publicUrl.replace(/\/+$/, '')}/webhook/gitea`;
  const found = await findHook(api, url);
  const create = async () => {
    const made = await ensureHook(api, { url, secret });
    if (made.kind !== 'ok') throw new Error(made.reason);
    const called = (await isUp(loaded)) ? `, ${await askForCall(place, { api, url, repo })}` : '';
    return `created the webhook ${url}${called}`;
  };
  if (found.kind === 'permanent')
    return problem(found.reason, 'the token needs write:repository, and its user admin rights');
  if (found.kind === 'not_found') return hint(found.reason, 'orchestrator init gitea', { mend: create });
  if (found.kind !== 'ok') return problem(found.reason, 'try again when the forge answers');
  const last = lastDelivery(loaded.config, repo);
  if (last !== null) return ok(`${url}, last delivery ${Math.round((now() - last) / 60_000)} min ago`);
  if (!(await isUp(loaded)))
    return hint(
      `${url}: nothing was delivered yet`,
      'orchestrator start, then: orchestrator init gitea, which asks the server for a call',
    );
  return hint(`${url}: nothing was delivered yet`, ALLOW, {
    mend: () => askForCall(place, { api, url, repo }),
  });
}

/** Asks for a test delivery and waits until it has come through the front door. */
async function askForCall(
  { loaded }: Place,
  { api, url, repo }: { api: GiteaApi; url: string; repo: string },
): Promise<string> {
  const before = lastDelivery(loaded.config, repo) ?? 0;
  const asked = await testHook(api, url);
  if (asked.kind !== 'ok') throw new Error(asked.reason);
  for (let waited = 0; waited < PATIENCE_MS; waited += LOOK_MS) {
    if ((lastDelivery(loaded.config, repo) ?? 0) > before) return 'the server called us';
    await delay(LOOK_MS);
  }
  throw new Error(`the server was asked to call ${url}, and no call came within ${PATIENCE_MS / 1000} s`);
}

/** Read from the database; null where there is none, or none came. */
function lastDelivery({ db: { path, busyTimeoutMs } }: Config, repo: string): number | null {
  if (!existsSync(path)) return null;
  const db = openDb({ file: path, busyTimeoutMs, readonly: true });
  try {
    return createDeliveryStore(db).lastAt('gitea', repo);
  } finally {
    db.$client.close();
  }
}
