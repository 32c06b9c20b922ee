import { describe, expect, it } from 'vitest';
import { parseRedisUrl } from '../../src/queues/redis-url.ts';

describe('ORCH_REDIS_URL (REC-186)', () => {
  it.each([
    ['redis://', { kind: 'single', endpoints: [{ host: '127.0.0.1', port: 6379 }], tls: null, db: 0 }],
    [
      'redis://:p%40ss@h:7/3',
      { password: 'p@ss', username: null, db: 3, endpoints: [{ host: 'h', port: 7 }] },
    ],
    ['rediss://me:x@h', { tls: {}, username: 'me', password: 'x' }],
    ['valkey://h', { tls: null }],
    ['valkeys://h', { tls: {} }],
    ['redis://[::1]:7000', { endpoints: [{ host: '::1', port: 7000 }] }],
    [
      'redis+sentinel://:x@a,b:26380/main/2?sentinel_password=y',
      {
        ...{ kind: 'sentinel', master: 'main', db: 2, password: 'x', sentinelPassword: 'y' },
        endpoints: [
          { host: 'a', port: 26_379 },
          { host: 'b', port: 26_380 },
        ],
      },
    ],
    ['rediss+cluster://a:1,b:2', { kind: 'cluster', tls: {}, master: null }],
  ])('%s', (url, expected) => {
    expect(parseRedisUrl(url)).toMatchObject(expected);
  });

  it.each([
    ['redis+sentinel://a', /name of the master/],
    ['redis://:secret@h/x', /no database number/],
    ['rediss://:secret@h?ca=/nonexistent/ca.pem', /nonexistent/],
    ['http://h', /form is not known/],
  ])('%s is refused in words that do not repeat the password', (url, expected) => {
    expect(() => parseRedisUrl(url)).toThrow(expected);
    expect(() => parseRedisUrl(url)).not.toThrow(/secret/);
  });
});
