import type { HttpClient } from '../../http-client.ts';
import { inspectRedis } from '../../queues/redis-inspect.ts';
import type { Check, Place } from './check.ts';
import { hint, ok } from './finding.ts';

/** REC-184. */
const MAX_SKEW_S = 30;
const TIMEOUT_MS = 5000;

/** Others that tell the time; only those we talk to anyway. */
function servers({ config, projects }: Place['loaded']): string[] {
  const { tracker, forge, telegram } = config;
  const uses = (what: 'plane' | 'gitea') =>
    projects.some((project) => project.tracker === what || project.forge === what);
  return [
    ...(uses('gitea') ? [forge.giteaUrl] : []),
    ...(uses('plane') ? [tracker.planeApiUrl] : []),
    ...(telegram.botToken === undefined ? [] : [telegram.apiUrl]),
  ].filter((url) => url !== undefined);
}

/** Seconds our clock is ahead of a server's `Date`; null when it does not answer. */
async function aheadOf(http: HttpClient, url: string, now: () => number): Promise<number | null> {
  const answer = await http.request({ url, method: 'HEAD', retries: 0, timeoutMs: TIMEOUT_MS });
  const date = Date.parse(answer.headers?.date ?? '');
  return Number.isNaN(date) ? null : Math.round((now() - date) / 1000);
}

async function aheadOfRedis({ loaded, now }: Place): Promise<number | null> {
  const { url } = loaded.config.redis;
  if (url === undefined) return null;
  const { clock } = await inspectRedis({ url }, TIMEOUT_MS).catch(() => ({ clock: undefined }));
  return clock === undefined ? null : Math.round((now() - clock) / 1000);
}

export const CLOCK: Check = {
  name: 'clock',
  about: `our clock is within ${MAX_SKEW_S} s of the servers we talk to (REC-184)`,
  async look(place) {
    const urls = servers(place.loaded);
    const rows = await Promise.all([
      ...urls.map(async (url) => ({
        who: new URL(url).host,
        ahead: await aheadOf(place.http, url, place.now),
      })),
      aheadOfRedis(place).then((ahead) => ({ who: 'Redis', ahead })),
    ]);
    const known = rows.flatMap(({ who, ahead }) => (ahead === null ? [] : [{ who, ahead }]));
    const off = known.filter(({ ahead }) => Math.abs(ahead) > MAX_SKEW_S);
    if (off.length > 0)
      return off.map(({ who, ahead }) =>
        hint(
          `${Math.abs(ahead)} s ${ahead > 0 ? 'ahead of' : 'behind'} ${who}`,
          'set it by NTP: sudo timedatectl set-ntp true',
        ),
      );
    return [
      ok(
        known.length === 0
          ? 'nobody to compare with'
          : `agrees with ${known.map(({ who }) => who).join(', ')}`,
      ),
    ];
  },
};
