/**
 * The import law of `src/`, written once. A room is a folder of `src/` with the file of the same name beside it.
 * `npm run check` enforces it, `docs/reference/import-law.md` shows it. Type imports count.
 */
export interface Law {
  /** Files every room may import. */
  free: readonly string[];
  /** What a room may import besides itself and the free files: rooms, single files, or `*`. */
  rooms: Readonly<Record<string, readonly string[]>>;
  /** Packages (and Node modules) with one door: where they may be imported. `/*` ends a scope. */
  doors: Readonly<Record<string, readonly string[]>>;
  /** Expressions only these files may contain. */
  globals: Readonly<Record<string, readonly string[]>>;
}

export const LAW: Law = {
  free: ['src/errors.ts', 'src/tracing.ts', 'src/log.ts', 'src/http-client.ts', 'src/subprocess.ts'],
  rooms: {
    errors: [],
    tracing: [],
    log: [],
    'http-client': [],
    subprocess: [],
    shutdown: [],
    pipeline: [],
    config: ['pipeline'],
    db: ['pipeline'],
    queues: ['pipeline'],
    agent: ['pipeline', 'workspace'],
    workspace: ['pipeline'],
    tracker: ['pipeline'],
    forge: ['pipeline', 'workspace'],
    delivery: ['pipeline'],
    gates: ['agent', 'workspace', 'forge', 'delivery', 'pipeline'],
    processors: [
      ...['gates', 'agent', 'workspace', 'tracker', 'forge', 'delivery', 'pipeline'],
      'src/queues/catalog.ts',
    ],
    http: ['tracker', 'forge', 'pipeline'],
    bot: ['pipeline'],
    cli: ['*'],
    app: ['*'],
    main: ['*'],
  },
  doors: {
    bullmq: ['src/queues/'],
    ioredis: ['src/queues/'],
    'better-sqlite3': ['src/db/'],
    'better-sqlite3-napi': ['src/db/'],
    'drizzle-orm': ['src/db/'],
    grammy: ['src/bot/'],
    '@grammyjs/*': ['src/bot/'],
    '@clack/prompts': ['src/cli/asking.ts'],
    koa: ['src/http/'],
    '@koa/*': ['src/http/'],
    'simple-git': ['src/workspace/'],
    '@opentelemetry/*': ['src/tracing.ts'],
    execa: ['src/subprocess.ts', 'src/subprocess/'],
    'node:child_process': ['src/subprocess.ts', 'src/subprocess/', 'src/queues/redis-process.ts'],
  },
  globals: {
    'process.env': ['src/main.ts'],
    'process.argv': ['src/main.ts'],
    'fetch()': ['src/http-client.ts'],
  },
};
