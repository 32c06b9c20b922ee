import { chmod, mkdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { REQUIRED_FLAGS } from '../../../src/agent/claude/argv.ts';
import { ACCESS } from '../../../src/cli/checks/access.ts';
import { CLAUDE, PROMPTS } from '../../../src/cli/checks/agents.ts';
import { CONTROL } from '../../../src/cli/checks/control.ts';
import { BACKUP, DATABASE } from '../../../src/cli/checks/database.ts';
import { REDIS, REDIS_EXPOSURE } from '../../../src/cli/checks/redis.ts';
import { DIRECTORIES, DISK, PERMISSIONS } from '../../../src/cli/checks/storage.ts';
import { openDb } from '../../../src/db/open.ts';
import { dataDir } from '../context.ts';
import type { Case } from './case.ts';
import { before, placeWith, programs } from './place.ts';

const HOUR_MS = 3_600_000;

/** A CLI that knows every flag and is logged in, or not. */
const cli = (loggedIn: boolean, flags = REQUIRED_FLAGS.join(' ')): string =>
  `case "$1" in --help) echo "${flags}";; *) echo '{"loggedIn": ${loggedIn}}';; esac`;
const withCli = async (script: string) =>
  placeWith({ env: { PATH: before(await programs({ claude: script })) } });

/** A directory with a database, and with a backup of this age. */
async function withDatabase(backupAgeH?: number): Promise<string> {
  const dir = await dataDir();
  openDb({ file: join(dir, 'orchestrator.db') }).$client.close();
  if (backupAgeH === undefined) return dir;
  await mkdir(join(dir, 'backups'));
  const file = join(dir, 'backups', 'orchestrator-20260101T000000Z.db');
  await writeFile(file, '');
  const at = new Date(Date.now() - backupAgeH * HOUR_MS);
  await utimes(file, at, at);
  return dir;
}

async function newerDatabase(): Promise<string> {
  const dir = await withDatabase();
  const db = openDb({ file: join(dir, 'orchestrator.db') });
  db.$client.exec("insert into __drizzle_migrations (hash, created_at) values ('of tomorrow', 1)");
  db.$client.close();
  return dir;
}

async function envFile(mode: number): Promise<string> {
  const dir = await dataDir();
  await writeFile(join(dir, '.env'), 'ORCH_ADMIN_TOKEN=0123456789abcdef0123\n');
  await chmod(join(dir, '.env'), mode);
  return dir;
}

export const MACHINE_CASES: readonly Case[] = [
  {
    check: DIRECTORIES,
    wrong: async () => placeWith({ dir: join(await dataDir(), 'not', 'yet') }),
    level: 'hint',
    says: /does not exist yet/,
    fix: /first start/,
    mended: /^made /,
    fine: () => placeWith(),
  },
  {
    check: DISK,
    wrong: () => placeWith({ env: { ORCH_MIN_FREE_DISK_MB: '999999999' } }),
    level: 'problem',
    says: /MB free, 999999999 are needed/,
    fix: /free space/,
    fine: () => placeWith({ env: { ORCH_MIN_FREE_DISK_MB: '1' } }),
  },
  {
    check: PERMISSIONS,
    wrong: async () => placeWith({ dir: await envFile(0o644) }),
    level: 'hint',
    says: /\.env is open to other users .*644/,
    fix: /chmod 600/,
    mended: /^closed .*\.env to others/,
    fine: async () => placeWith({ dir: await envFile(0o600) }),
  },
  {
    check: DATABASE,
    wrong: async () => placeWith({ dir: await newerDatabase() }),
    level: 'problem',
    says: /has schema \d+; this program knows \d+/,
    fix: /newer program/,
    fine: async () => placeWith({ dir: await withDatabase() }),
  },
  {
    check: BACKUP,
    wrong: async () => placeWith({ dir: await withDatabase(72) }),
    level: 'problem',
    says: /the newest is 7[12] h old/,
    fix: /orchestrator backup/,
    mended: /^wrote .*\.db/,
    fine: async () => placeWith({ dir: await withDatabase(1) }),
  },
  {
    check: REDIS,
    wrong: () => placeWith({ env: { PATH: '/nowhere' } }),
    level: 'problem',
    says: /no redis-server or valkey-server/,
    fix: /ORCH_REDIS_URL/,
    fine: () => placeWith({ env: { ORCH_REDIS_URL: 'redis://127.0.0.1:6379' } }),
  },
  {
    check: REDIS_EXPOSURE,
    wrong: () => placeWith({ env: { ORCH_REDIS_URL: 'redis://redis.example.test:6379' } }),
    level: 'problem',
    says: /redis\.example\.test is beyond this machine and the URL has no password/,
    fix: /requirepass/,
    fine: () => placeWith({ env: { ORCH_REDIS_URL: 'rediss://:secret@redis.example.test:6379' } }),
  },
  {
    check: CLAUDE,
    wrong: () => withCli(cli(false)),
    level: 'problem',
    says: /is not logged in/,
    fix: /run claude once/,
    fine: () => withCli(cli(true)),
  },
  {
    check: PROMPTS,
    wrong: async () => placeWith({ env: { ORCH_AGENTS_DIR: await dataDir() } }),
    level: 'problem',
    says: /analyst/,
    fix: /ORCH_AGENTS_DIR/,
    fine: () => placeWith(),
  },
  {
    check: CONTROL,
    wrong: () => placeWith(),
    level: 'hint',
    says: /not running/,
    fix: /orchestrator start/,
    // Shown running by `test/e2e/http.test.ts`.
    fine: () => placeWith(),
  },
  {
    check: ACCESS,
    wrong: () => placeWith({ env: { ORCH_HTTP_HOST: '0.0.0.0' } }),
    level: 'problem',
    says: /0\.0\.0\.0:8500 can be read by everybody/,
    fix: /ORCH_ADMIN_TOKEN/,
    fine: () => placeWith({ env: { ORCH_HTTP_HOST: '0.0.0.0', ORCH_ADMIN_TOKEN: 'a'.repeat(32) } }),
  },
];
