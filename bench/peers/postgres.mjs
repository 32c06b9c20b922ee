// A private PostgreSQL in a temporary directory, for peers that keep their state there.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { freePort } from './free-port.mjs';

const DEBIAN = '/usr/lib/postgresql';

/** Directory of `initdb` and `postgres`. */
function findPostgres() {
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN).map((name) => join(DEBIAN, name, 'bin')) : [];
  const dirs = [...versions, ...(process.env.PATH ?? '').split(':')];
  const found = dirs.findLast((dir) => existsSync(join(dir, 'initdb')));
  if (found === undefined) throw new Error('PostgreSQL is not installed');
  return found;
}

/** PostgreSQL refuses to run as root: its packages bring a user of its own. */
function owner() {
  if (process.getuid?.() !== 0) return {};
  const id = (flag) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

/** Starts a server with its defaults, so with every commit on disk; `url` names a database on it. */
export async function startPostgres() {
  const bin = findPostgres();
  const dir = mkdtempSync(join(tmpdir(), 'orch-peer-pg-'));
  const user = owner();
  if (user.uid !== undefined) chownSync(dir, user.uid, user.gid);
  const run = { ...user, cwd: dir, env: { PATH: process.env.PATH, LC_ALL: 'C' }, stdio: 'ignore' };
  execFileSync(join(bin, 'initdb'), ['-D', join(dir, 'data'), '-U', 'peer', '--auth=trust'], run);
  const port = await freePort();
  const argv = ['-D', join(dir, 'data'), '-p', String(port), '-h', '127.0.0.1', '-k', dir];
  const child = spawn(join(bin, 'postgres'), argv, run);
  // Nothing stays behind when the comparison fails.
  process.once('exit', () => child.kill('SIGINT'));
  const url = (database) => `postgresql://peer@127.0.0.1:${port}/${database}`;
  const ready = async () => {
    const client = new Client({ connectionString: url('postgres') });
    return client.connect().then(
      () => client.end().then(() => true),
      () => false,
    );
  };
  const giveUpAt = performance.now() + 30_000;
  while (!(await ready())) {
    if (performance.now() > giveUpAt) throw new Error('PostgreSQL did not start');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return {
    url,
    async stop() {
      child.kill('SIGINT');
      await once(child, 'exit');
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
