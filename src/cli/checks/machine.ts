import { existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { findClaude } from '../../agent/claude/binary.ts';
import { createProbes } from '../../config/probes.ts';
import type { Config } from '../../config/schema.ts';
import { describeError } from '../../errors.ts';
import { silentLogger } from '../../log.ts';
import { findRedisBinary } from '../../queues/redis-binary.ts';
import { runProcess } from '../../subprocess.ts';
import type { CliContext } from '../context.ts';
import { findProgram } from '../programs.ts';
import type { Finding } from './finding.ts';

const OLDEST = [20, 19] as const;
const MIN_FREE_BYTES = 1_000_000_000;

/** What this machine has to bring along; without settings only what needs none. */
export async function checkMachine(context: CliContext, config: Config | null): Promise<Finding[]> {
  const general = [checkNode(), await checkGit(context)];
  if (config === null) return general;
  return [
    ...general,
    checkDataDir(context, config),
    await checkDisk(config),
    await checkRedis(context, config),
    checkClaude(context, config),
  ];
}

function checkNode(): Finding {
  const found = process.versions.node;
  const [major = 0, minor = 0] = found.split('.').map(Number);
  const recent = major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1]);
  const fix = recent ? null : `install Node.js ${OLDEST.join('.')} or newer from https://nodejs.org`;
  return { name: 'node', level: recent ? 'ok' : 'problem', detail: found, fix };
}

async function checkGit({ env }: CliContext): Promise<Finding> {
  const git = findProgram('git', env);
  if (git === null) {
    return { name: 'git', level: 'problem', detail: 'not on PATH', fix: 'sudo apt-get install git' };
  }
  try {
    const ended = await runProcess({
      argv: [git, '--version'],
      cwd: '/',
      env: { PATH: env.PATH ?? '' },
      deadlineMs: 10_000,
      killGraceMs: 1000,
      maxOutputBytes: 1024,
    });
    return {
      name: 'git',
      level: 'ok',
      detail: ended.stdoutTail.replace('git version', '').trim(),
      fix: null,
    };
  } catch (error) {
    return { name: 'git', level: 'problem', detail: describeError(error), fix: 'reinstall git' };
  }
}

function checkDataDir({ env }: CliContext, { server }: Config): Finding {
  const problem = createProbes(env).directoryProblem(server.dataDir);
  return problem === undefined
    ? { name: 'data', level: 'ok', detail: `${server.dataDir} can be written`, fix: null }
    : {
        name: 'data',
        level: 'problem',
        detail: `${server.dataDir} ${problem}`,
        fix: 'choose another --data-dir',
      };
}

async function checkDisk({ server }: Config): Promise<Finding> {
  let dir = server.dataDir;
  while (!existsSync(dir) && dirname(dir) !== dir) dir = dirname(dir);
  const { bavail, bsize } = await statfs(dir);
  const free = bavail * bsize;
  const detail = `${(free / 1e9).toFixed(1)} GB free below ${dir}`;
  return free >= MIN_FREE_BYTES
    ? { name: 'disk', level: 'ok', detail, fix: null }
    : { name: 'disk', level: 'problem', detail, fix: 'free at least 1 GB' };
}

async function checkRedis({ env }: CliContext, { redis, server }: Config): Promise<Finding> {
  if (redis.url !== undefined)
    return { name: 'redis', level: 'ok', detail: 'ORCH_REDIS_URL is set', fix: null };
  try {
    const bin = await findRedisBinary({
      pathEnv: env.PATH ?? '',
      explicit: redis.serverBin,
      dataDir: server.dataDir,
      download: false,
      log: silentLogger(),
    });
    return { name: 'redis', level: 'ok', detail: bin, fix: null };
  } catch (error) {
    const canFetch = redis.serverBin === undefined && findProgram('apt-get', env) !== null;
    return canFetch
      ? {
          name: 'redis',
          level: 'hint',
          detail: 'not on PATH; a private copy is fetched at the first start',
          fix: null,
        }
      : {
          name: 'redis',
          level: 'problem',
          detail: 'no redis-server or valkey-server',
          fix: describeError(error),
        };
  }
}

function checkClaude({ env }: CliContext, { agents }: Config): Finding {
  const found = findClaude({ bin: agents.claudeBin, path: env.PATH ?? '', from: import.meta.url });
  return found === null
    ? {
        name: 'claude',
        level: 'hint',
        detail: `${agents.claudeBin} is not on PATH; only scripted agents can run here`,
        fix: 'npm install --global @anthropic-ai/claude-code, then log in once with: claude',
      }
    : { name: 'claude', level: 'ok', detail: found, fix: null };
}
