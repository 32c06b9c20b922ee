import { existsSync, type StatsFs } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { connect } from 'node:net';
import { dirname } from 'node:path';
import { describeError } from '../errors.ts';
import { isLoggedIn, missingFlags } from './claude/probe.ts';
import type { Env } from './env.ts';

/** What keeps this host from running a model; each is pinged once per host (AGENT-44). */
export type PreflightCause =
  | 'cli-missing'
  | 'cli-unfit'
  | 'not-logged-in'
  | 'no-home'
  | 'unreachable'
  | 'disk';

export type Preflight =
  | { ready: true }
  /** `reason` says what was found, `fix` what to do; one sentence each. */
  | { ready: false; cause: PreflightCause; reason: string; fix: string };

export interface PreflightDeps {
  now: () => number;
  /** `ORCH_PREFLIGHT_TTL_S` in milliseconds. */
  ttlMs: number;
  /** Finds the CLI; null when there is none. */
  findCli: () => string | null;
  env: Env;
  user?: { uid: number; gid: number };
  /** An API key is configured, so no login is needed. */
  hasApiKey: boolean;
  /** Where the API is; behind `HTTPS_PROXY` the proxy is asked instead. */
  providerUrl: string;
  /** Directories whose volumes need `minFreeDiskMb`. */
  volumes: readonly string[];
  minFreeDiskMb: number;
}

export interface PreflightCheck {
  /** The cached answer, or a new one; spends no tokens. Never throws. */
  check(): Promise<Preflight>;
  /** Forgets the answer, e.g. after an `auth` outcome. */
  invalidate(): void;
}

const CONNECT_MS = 5000;

/** The runtime check of one host, cached (AGENT-44). */
export function createPreflight(deps: PreflightDeps): PreflightCheck {
  let cached: { at: number; answer: Promise<Preflight> } | null = null;
  return {
    check() {
      if (!cached || deps.now() - cached.at >= deps.ttlMs) cached = { at: deps.now(), answer: examine(deps) };
      return cached.answer;
    },
    invalidate() {
      cached = null;
    },
  };
}

async function examine(deps: PreflightDeps): Promise<Preflight> {
  try {
    return (await cliProblem(deps)) ?? (await hostProblem(deps)) ?? { ready: true };
  } catch (error) {
    return no('cli-unfit', describeError(error), 'See the log of the worker.');
  }
}

async function cliProblem(deps: PreflightDeps): Promise<Preflight | null> {
  const bin = deps.findCli();
  if (bin === null) {
    return no(
      'cli-missing',
      'The Claude Code CLI was not found.',
      'Install it, or set ORCH_CLAUDE_BIN to its path.',
    );
  }
  const { env, user } = deps;
  const home = env.HOME ?? '';
  if (!existsSync(home)) {
    return no(
      'no-home',
      `The home directory ${home} of the agents does not exist.`,
      'Create it, or set ORCH_AGENT_HOME.',
    );
  }
  const cli = { bin, env, cwd: home, ...(user ? { user } : {}) };
  const missing = await missingFlags(cli);
  if (missing === null) return no('cli-unfit', `${bin} does not start.`, 'Install the CLI again.');
  if (missing.length > 0) {
    return no('cli-unfit', `${bin} does not know ${missing.join(', ')}.`, 'Install a newer Claude Code CLI.');
  }
  if (deps.hasApiKey || (await isLoggedIn(cli))) return null;
  return no(
    'not-logged-in',
    'The CLI is not logged in.',
    'Log in as the user the agents run as, or set ANTHROPIC_API_KEY.',
  );
}

async function hostProblem(deps: PreflightDeps): Promise<Preflight | null> {
  const host = new URL(proxyOf(deps.env) ?? deps.providerUrl);
  if (!(await isReachable(host))) {
    return no('unreachable', `${host.host} does not answer.`, 'Check the network and the proxy settings.');
  }
  return fullVolume(deps);
}

/** Behind a proxy only the proxy can be reached directly. */
function proxyOf(env: Env): string | null {
  const proxy = env.HTTPS_PROXY ?? env.https_proxy ?? '';
  return URL.canParse(proxy) ? proxy : null;
}

function isReachable(url: URL): Promise<boolean> {
  const port = Number(url.port) || (url.protocol === 'http:' ? 80 : 443);
  return new Promise((resolve) => {
    const socket = connect({ host: url.hostname, port, timeout: CONNECT_MS });
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => end(true));
    socket.once('timeout', () => end(false));
    socket.once('error', () => end(false));
  });
}

async function fullVolume(deps: PreflightDeps): Promise<Preflight | null> {
  for (const path of deps.volumes) {
    const volume = await volumeOf(path);
    const freeMb = volume ? Math.floor((volume.bavail * volume.bsize) / 1024 ** 2) : 0;
    if (freeMb < deps.minFreeDiskMb) {
      const reason = `${path} has ${freeMb} MB free, ${deps.minFreeDiskMb} are needed.`;
      return no('disk', reason, 'Free space, or lower ORCH_MIN_FREE_DISK_MB.');
    }
  }
  return null;
}

/** Of the nearest directory there is: ours are made when the first run needs them. */
async function volumeOf(path: string): Promise<StatsFs | null> {
  const volume = await statfs(path).catch(() => null);
  if (volume !== null || dirname(path) === path) return volume;
  return volumeOf(dirname(path));
}

const no = (cause: PreflightCause, reason: string, fix: string): Preflight => ({
  ready: false,
  cause,
  reason,
  fix,
});
