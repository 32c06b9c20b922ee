import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { isLoopback } from '../../config/loopback.ts';
import { describeError } from '../../errors.ts';
import { silentLogger } from '../../log.ts';
import type { RedisAddress } from '../../queues/connection.ts';
import { findRedisBinary } from '../../queues/redis-binary.ts';
import { prepareRedisFiles } from '../../queues/redis-files.ts';
import { inspectRedis, type RedisFacts } from '../../queues/redis-inspect.ts';
import { probeRedis } from '../../queues/redis-probe.ts';
import { findProgram } from '../../subprocess.ts';
import type { Check, Place } from './check.ts';
import { type Found, hint, ok, problem } from './finding.ts';

const ANSWER_MS = 5000;
const MB = 1024 ** 2;
/** A server fuller than this refuses writes soon. */
const FULL = 0.9;

const binary = ({ env, loaded: { config } }: Place, download: boolean): Promise<string> =>
  findRedisBinary({
    pathEnv: env.PATH ?? '',
    explicit: config.redis.serverBin,
    dataDir: config.server.dataDir,
    download,
    log: silentLogger(),
  });

export const REDIS: Check = {
  name: 'redis',
  about: 'there is a Redis: the one of ORCH_REDIS_URL, or a program for the embedded server',
  mends: 'fetches a private copy of redis-server where apt can',
  async look(place) {
    const { redis } = place.loaded.config;
    if (redis.url !== undefined) return [ok('ORCH_REDIS_URL is set')];
    try {
      return [ok(await binary(place, false))];
    } catch (error) {
      const fetchable = redis.serverBin === undefined && findProgram('apt-get', place.env) !== null;
      if (!fetchable) return [problem('no redis-server or valkey-server', describeError(error))];
      const mend = async () => `fetched ${await binary(place, true)}`;
      return [hint('not on PATH; a private copy is fetched at the first start', null, { mend })];
    }
  },
};

/** What a server must be like (REC-47); an unknown value is no problem: managed servers hide theirs. */
const RULES: readonly ((facts: RedisFacts) => Found | null)[] = [
  ({ evictionPolicy: policy }) =>
    policy === undefined || policy === 'noeviction'
      ? null
      : problem(
          `evicts keys (${policy}), so jobs may vanish when memory is short`,
          'redis-cli CONFIG SET maxmemory-policy noeviction, and the same in its redis.conf',
          { of: 'eviction' },
        ),
  ({ appendOnly, snapshots }) => {
    if (appendOnly !== false) return null;
    const [detail, level] = snapshots
      ? (['keeps snapshots only: the newest jobs are rebuilt from the database after a crash', hint] as const)
      : (['keeps nothing on disk: every restart rebuilds the queues from the database', problem] as const);
    return level(detail, 'set appendonly yes in its redis.conf', { of: 'persistence' });
  },
  ({ usedBytes = 0, maxBytes = 0 }) =>
    maxBytes > 0 && usedBytes > FULL * maxBytes
      ? problem(
          `uses ${Math.round(usedBytes / MB)} of ${Math.round(maxBytes / MB)} MB`,
          'raise maxmemory in its redis.conf',
          { of: 'memory' },
        )
      : null,
];

/** The server in use; null when the embedded one does not run. */
async function addressOf({ loaded: { config } }: Place): Promise<RedisAddress | null> {
  if (config.redis.url !== undefined) return { url: config.redis.url };
  const { dataDir } = config.server;
  // A server that ever ran has its directory; looking must not make one.
  if (!existsSync(join(dataDir, 'redis'))) return null;
  const { socketPath } = await prepareRedisFiles({ dataDir });
  return (await probeRedis(socketPath)) === null ? null : { socket: socketPath };
}

export const REDIS_SERVER: Check = {
  name: 'redis-server',
  about: 'the running server answers, never evicts, writes to disk, and has memory left',
  async look(place) {
    const address = await addressOf(place);
    if (address === null) return [];
    let facts: RedisFacts;
    try {
      facts = await inspectRedis(address, ANSWER_MS);
    } catch (error) {
      const why = place.loaded.secrets.reduce(
        (text, secret) => text.replaceAll(secret, '***'),
        describeError(error),
      );
      return [
        problem(`does not answer: ${why}`, 'check ORCH_REDIS_URL, its password, and that the server runs'),
      ];
    }
    const found = RULES.flatMap((rule) => rule(facts) ?? []);
    return [ok(`answers, version ${facts.version ?? 'unknown'}`), ...found];
  },
};

/** Hosts of a URL; Sentinel and Cluster URLs name several. */
function partsOf(url: string): { hosts: string[]; password: boolean; tls: boolean } {
  const [, scheme = '', rest = ''] = /^([a-z+]+):\/\/(.*)$/i.exec(url) ?? [];
  const authority = rest.split(/[/?#]/)[0] ?? '';
  const at = authority.lastIndexOf('@');
  const credentials = at === -1 ? '' : authority.slice(0, at);
  const hosts = authority
    .slice(at + 1)
    .split(',')
    .map((host) => (host.startsWith('[') ? host.slice(0, host.indexOf(']') + 1) : host.split(':')[0]) ?? '');
  const inQuery = /[?&]password=[^&]/.test(rest);
  return {
    hosts: hosts.filter(Boolean),
    password: /:./.test(credentials) || inQuery,
    tls: /^(rediss|valkeys)/i.test(scheme),
  };
}

export const REDIS_EXPOSURE: Check = {
  name: 'redis-exposure',
  about: 'a Redis beyond this machine has a password, and TLS or a private network (REC-183)',
  look({ loaded: { config } }) {
    const { url } = config.redis;
    if (url === undefined || /^unix:/i.test(url)) return [];
    const { hosts, password, tls } = partsOf(url);
    const far = hosts.filter((host) => !isLoopback(host));
    if (far.length === 0) return [ok('on this machine')];
    const where = far.join(', ');
    if (!password)
      return [
        problem(
          `${where} is beyond this machine and the URL has no password`,
          'set requirepass on the server and redis://:password@host in ORCH_REDIS_URL',
        ),
      ];
    if (!tls)
      return [hint(`${where} is reached without TLS`, 'use rediss://, or keep it inside a private network')];
    return [ok(`${where}: password and TLS`)];
  },
};
