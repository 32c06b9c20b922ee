import { readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'node:tls';
import { AppError } from '../errors.ts';

export interface Endpoint {
  host: string;
  port: number;
}

/** How to reach one Redis or Valkey, of whatever kind (REC-186). */
export interface RedisTarget {
  kind: 'single' | 'sentinel' | 'cluster';
  endpoints: readonly Endpoint[];
  /** Of the master that the sentinels watch. */
  master: string | null;
  username: string | null;
  password: string | null;
  sentinelPassword: string | null;
  db: number;
  tls: ConnectionOptions | null;
}

const PORTS = { single: 6379, sentinel: 26_379, cluster: 6379 } as const;
const SECURE: ReadonlySet<string> = new Set(['rediss', 'valkeys']);
const SHAPE =
  /^(redis|rediss|valkey|valkeys)(?:\+(sentinel|cluster))?:\/\/(?:([^@/]*)@)?([^/?]*)([^?]*)(\?.*)?$/i;

/**
 * Reads `redis://`, `rediss://`, `valkey://`, `valkeys://`, each also with `+sentinel` (`/<master>[/db]`, several hosts) or
 * `+cluster` (several hosts). `?ca=<file>` names the authority of a private certificate, `?cert=` and `?key=` one of our
 * own, `?sentinel_password=` that of the sentinels. Throws AppError `redis-url` without repeating the password.
 */
export function parseRedisUrl(url: string): RedisTarget {
  const found = SHAPE.exec(url);
  if (!found) throw invalid('its form is not known');
  const [, scheme = '', mode, credentials = '', hosts = '', path = '', query = ''] = found;
  const kind = (mode?.toLowerCase() ?? 'single') as RedisTarget['kind'];
  const more = new URLSearchParams(query);
  const [username, password] = credentialsOf(credentials);
  const parts = path
    .split('/')
    .filter((part) => part !== '')
    .map(decodeURIComponent);
  const master = kind === 'sentinel' ? (parts.shift() ?? null) : null;
  if (kind === 'sentinel' && master === null) throw invalid('the name of the master is missing: …/<master>');
  return {
    kind,
    endpoints: hosts.split(',').map((host) => endpointOf(host, PORTS[kind])),
    master,
    username,
    password,
    sentinelPassword: more.get('sentinel_password'),
    db: dbOf(parts[0]),
    tls: SECURE.has(scheme.toLowerCase()) ? tlsOf(more) : null,
  };
}

function credentialsOf(text: string): [username: string | null, password: string | null] {
  if (text === '') return [null, null];
  const at = text.indexOf(':');
  const [name, secret] = at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
  return [name === '' ? null : decodeURIComponent(name), secret === '' ? null : decodeURIComponent(secret)];
}

function endpointOf(text: string, standard: number): Endpoint {
  const found = /^(\[[^\]]+\]|[^:]*)(?::(\d+))?$/.exec(text);
  if (!found) throw invalid(`"${text}" is no host`);
  const [, host = '', port] = found;
  return {
    host: host.replace(/^\[|\]$/g, '') || '127.0.0.1',
    port: port === undefined ? standard : Number(port),
  };
}

function dbOf(text: string | undefined): number {
  const db = Number(text ?? 0);
  if (!Number.isInteger(db) || db < 0) throw invalid(`"${text}" is no database number`);
  return db;
}

function tlsOf(more: URLSearchParams): ConnectionOptions {
  const file = (name: string) => {
    const path = more.get(name);
    return path === null ? {} : { [name]: read(path) };
  };
  return { ...file('ca'), ...file('cert'), ...file('key') };
}

function read(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw invalid(`the file ${path} cannot be read: ${(cause as Error).message}`);
  }
}

const invalid = (why: string): AppError =>
  new AppError('redis-url', `ORCH_REDIS_URL is not usable: ${why}.`, {
    fault: 'user',
    hint: 'Examples: rediss://:password@host:6379, redis+sentinel://host1,host2/mymaster, redis+cluster://host1:7000,host2:7000',
  });
