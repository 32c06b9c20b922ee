import { csv, float, formatted, int, path, secret, string } from '../kinds.ts';
import { group, type Setting } from '../setting.ts';

const WORKER_ROLES = ['agents', 'gates'] as const;
export type WorkerRole = (typeof WORKER_ROLES)[number];

const redisUrl: Setting<string | undefined> = {
  ...secret('unset ⇒ a private embedded server on a unix socket', {}),
  schema: formatted(
    {
      type: 'secret',
      expected: 'a Redis URL',
      read: (text) => (/^((rediss?|valkeys?)(\+[a-z]+)?|unix):\/\//i.test(text) ? text : undefined),
    },
    '',
    {},
  ).schema,
  fix: () =>
    'give redis://[:password@]host[:port][/db], rediss:// for TLS, redis+sentinel://host,host/master or redis+cluster://host,host, or remove it for the embedded server',
};

export const redis = group(
  'redis',
  {
    ORCH_REDIS_URL: redisUrl,
    ORCH_REDIS_PREFIX: string('key prefix', { default: 'orch' }),
    ORCH_REDIS_SERVER_BIN: path('binary of the embedded server', {
      defaultWords: '`redis-server` or `valkey-server` on `PATH`, else a private copy in `<data>`',
    }),
    ORCH_REDIS_RECOVERY_GRACE_S: int("wait for workers' announcements after Redis was emptied", {
      default: '30',
    }),
    ORCH_MAX_CONCURRENCY: int('agent runs at the same time, over all hosts', { default: '1' }, { min: 1 }),
    ORCH_GATE_CONCURRENCY: int(
      'gate and check runs at the same time, on this host',
      { default: '2' },
      { min: 1 },
    ),
    ORCH_QUEUE_POLL_INTERVAL: float('seconds between outbox dispatches', { default: '2.0' }, { min: 0.01 }),
    ORCH_JOB_MAX_ATTEMPTS: int(
      'runs per stage attempt after permanent failures',
      { default: '2' },
      { min: 1 },
    ),
    ORCH_TRANSIENT_MAX_ATTEMPTS: int(
      'separate budget for overload and network failures',
      { default: '8' },
      { min: 1 },
    ),
    ORCH_TRANSIENT_BACKOFF_BASE_S: int('first back-off, doubled each time', { default: '10' }),
    ORCH_TRANSIENT_BACKOFF_MAX_S: int('longest back-off', { default: '600' }),
    ORCH_JOB_LOCK_MS: int('queue lock', { default: '10000' }, { min: 1 }),
    ORCH_JOB_KEEP_DONE_H: int('retention of finished jobs', { default: '168' }),
    ORCH_AGENT_STARTS_PER_MIN: int('rate of agent starts', { default: '10' }, { min: 1 }),
    ORCH_WORKER_NAME: string('name of this worker host', { default: '<host>', defaultWords: 'host name' }),
    ORCH_WORKER_ROLES: csv<WorkerRole>(
      'what this host takes besides what only control can do',
      { type: 'csv of `agents`, `gates`', default: 'agents,gates' },
      {
        expected: 'a list of "agents" and "gates"',
        read: (word) => WORKER_ROLES.find((role) => role === word.toLowerCase()),
      },
    ),
    ORCH_WORKER_LABELS: csv('what this worker host offers; projects ask for it with `worker_labels`', {}),
    ORCH_WORKER_CAPACITY: int('agent runs on this host', { default: '1' }, { min: 1 }),
    ORCH_WORKER_LOST_S: int('a worker not heard for this long is lost', { default: '90' }, { min: 1 }),
  },
  'REDIS_',
);
