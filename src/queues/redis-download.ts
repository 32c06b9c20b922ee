import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { AppError } from '../errors.ts';
import { runProcess } from '../subprocess.ts';

/** Where the start script of the private copy is, whether or not it exists. */
export const privateRedisBin = (dataDir: string): string => join(dataDir, 'redis-server', 'start');

/** Loads the libraries from beside itself, so that the copy may be moved; `exec` keeps the pid. */
const START_SCRIPT = `#!/bin/sh
here="\${0%/*}"
for dir in "$here"/root/usr/lib/*-linux-* "$here"/root/lib/*-linux-*; do
  [ -d "$dir" ] && LD_LIBRARY_PATH="\${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}$dir"
done
export LD_LIBRARY_PATH
for program in "$here"/root/usr/bin/redis-server "$here"/root/usr/bin/valkey-server; do
  [ -x "$program" ] && exec "$program" "$@"
done
echo 'the private redis-server copy is incomplete' >&2
exit 1
`;

interface Apt {
  dir: string;
  pathEnv: string;
  /** Extra apt options, so that no root-owned state is written. */
  flags: readonly string[];
}

/**
 * Fetches redis-server with the libraries the machine lacks into `<dataDir>/redis-server` as an ordinary user:
 * `apt-get download`, `dpkg -x` (REC-186). Returns the start script. Complete or absent: a second caller at the
 * same time gets the same copy. Throws AppError `redis-download-failed`.
 */
export async function downloadRedis(options: { dataDir: string; pathEnv: string }): Promise<string> {
  await mkdir(options.dataDir, { recursive: true });
  const dir = await mkdtemp(join(options.dataDir, '.redis-server-'));
  try {
    await fetchPackages({ dir, pathEnv: options.pathEnv, flags: [] });
    await unpack(dir, options.pathEnv);
    await proveItRuns(dir, options.pathEnv);
    return await putInPlace(dir, options.dataDir);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

async function fetchPackages(apt: Apt): Promise<void> {
  try {
    await downloadAll(apt);
  } catch {
    // No package lists, or old ones: read fresh lists into a directory of our own.
    const lists = join(apt.dir, 'lists');
    const cache = join(apt.dir, 'cache');
    await mkdir(join(lists, 'partial'), { recursive: true });
    await mkdir(join(cache, 'archives', 'partial'), { recursive: true });
    const flags = [`Dir::State::lists=${lists}`, `Dir::Cache=${cache}`, 'Debug::NoLocking=1'];
    const own = { ...apt, flags: flags.flatMap((flag) => ['-o', flag]) };
    await run(own, ['apt-get', ...own.flags, '-qq', 'update'], 120_000);
    await downloadAll(own);
  }
}

async function downloadAll(apt: Apt): Promise<void> {
  const wanted = ['redis-server', 'redis-tools', ...(await missingLibraries(apt))];
  await run(apt, ['apt-get', ...apt.flags, '-qq', 'download', ...wanted], 120_000);
}

/** Shared libraries redis-server needs that are not installed here. */
async function missingLibraries(apt: Apt): Promise<string[]> {
  const kinds = ['recommends', 'suggests', 'conflicts', 'breaks', 'replaces', 'enhances', 'pre-depends'];
  const flags = [...apt.flags, ...kinds.map((kind) => `--no-${kind}`)];
  const tree = await run(apt, ['apt-cache', 'depends', '--recurse', ...flags, 'redis-server'], 30_000);
  const libraries = tree.split('\n').filter((line) => /^lib[a-z0-9.+-]+$/.test(line));
  const format = '--showformat=$' + '{Package} $' + '{db:Status-Status}\\n';
  const installed = new Set(
    (await run(apt, ['dpkg-query', '--show', format], 30_000))
      .split('\n')
      .filter((line) => line.endsWith(' installed'))
      .map((line) => line.split(' ')[0]),
  );
  return libraries.filter((name) => !installed.has(name) && !/^libc6|^libelogind/.test(name));
}

async function unpack(dir: string, pathEnv: string): Promise<void> {
  const packages = (await readdir(dir)).filter((name) => name.endsWith('.deb'));
  for (const name of packages) {
    await run({ dir, pathEnv, flags: [] }, ['dpkg', '-x', name, 'root'], 30_000);
    await rm(join(dir, name));
  }
  await writeFile(join(dir, 'start'), START_SCRIPT);
  await chmod(join(dir, 'start'), 0o755);
}

const proveItRuns = (dir: string, pathEnv: string): Promise<string> =>
  run({ dir, pathEnv, flags: [] }, [join(dir, 'start'), '--version'], 10_000);

async function putInPlace(dir: string, dataDir: string): Promise<string> {
  const bin = privateRedisBin(dataDir);
  for (const leftOver of ['lists', 'cache']) await rm(join(dir, leftOver), { recursive: true, force: true });
  try {
    await rename(dir, dirname(bin));
  } catch (error) {
    if (!['ENOTEMPTY', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    // Someone was faster and theirs is complete; an incomplete copy gives way.
    if (existsSync(bin)) return bin;
    await rm(dirname(bin), { recursive: true, force: true });
    await rename(dir, dirname(bin));
  }
  return bin;
}

async function run(apt: Apt, argv: readonly [string, ...string[]], deadlineMs: number): Promise<string> {
  const env = { PATH: apt.pathEnv, LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive' };
  const limits = { deadlineMs, killGraceMs: 2000, maxOutputBytes: 1_000_000 };
  const result = await runProcess({ argv, cwd: apt.dir, env, ...limits });
  if (result.exitCode === 0) return result.stdoutTail;
  const lines = result.stderrTail.trim().split('\n');
  // dpkg's last words are about itself; what tar said before is the reason.
  const said = lines.find((line) => /No space left/.test(line)) ?? lines.at(-1) ?? '';
  throw new AppError(
    'redis-download-failed',
    `${argv[0]} ended with ${result.exitCode ?? result.cause}: ${said}.`,
    {
      fault: 'environment',
      retry: true,
    },
  );
}
