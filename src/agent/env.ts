import { AppError } from '../errors.ts';
import type { Role } from '../pipeline/stages.ts';

/** A flat environment, as handed to a child. */
export type Env = Record<string, string>;

/** Copied from our own environment where present (AGENT-21). */
const COPIED: readonly string[] = [
  'PATH',
  'USER',
  'LOGNAME',
  'SHELL',
  'LANG',
  'LC_ALL',
  'TZ',
  'TMPDIR',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'NO_PROXY',
  'http_proxy',
  'https_proxy',
  'no_proxy',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'NODE_EXTRA_CA_CERTS',
  'CLAUDE_CONFIG_DIR',
  'ANTHROPIC_BASE_URL',
  'CLAUDE_CODE_OAUTH_TOKEN',
];

/** Never in a child, pass-through or not (AGENT-23). */
const FORBIDDEN: ReadonlySet<string> = new Set([
  'ANTHROPIC_API_KEY',
  'ANTHROPIC_AUTH_TOKEN',
  'SSH_AUTH_SOCK',
  'GIT_ASKPASS',
  'DOCKER_HOST',
  'REDIS_URL',
  'DATABASE_URL',
]);

const ALWAYS: Readonly<Env> = {
  CI: '1',
  TERM: 'dumb',
  GIT_TERMINAL_PROMPT: '0',
  GIT_EDITOR: 'true',
  DISABLE_AUTOUPDATER: '1',
  CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
  CLAUDE_CODE_DISABLE_BACKGROUND_TASKS: '1',
  BASH_DEFAULT_TIMEOUT_MS: '540000',
  BASH_MAX_TIMEOUT_MS: '540000',
  CLAUDE_CODE_MAX_RETRIES: '4',
  API_TIMEOUT_MS: '300000',
};

export interface EnvOptions {
  /** Our own environment, as read by `main`. */
  parent: Readonly<Record<string, string | undefined>>;
  /** `ORCH_AGENT_ENV_PASSTHROUGH`. */
  passthrough: readonly string[];
  /** Values of every configured secret. */
  secrets: readonly string[];
  /** `ORCH_AGENT_HOME`. */
  home: string;
  /** `bwrap` is installed, so the CLI may scrub its shells' environment. */
  scrub: boolean;
}

/** Names among the pass-through that may not be passed: `ORCH_` ones, forbidden ones, holders of a secret. */
export function refusedPassthrough(
  options: Pick<EnvOptions, 'parent' | 'passthrough' | 'secrets'>,
): string[] {
  const { parent, passthrough, secrets } = options;
  return passthrough.filter((name) => isForbidden(name) || holdsSecret(parent[name], secrets));
}

/** Stops start-up with the offending names (AGENT-23). */
export function assertPassthrough(options: Pick<EnvOptions, 'parent' | 'passthrough' | 'secrets'>): void {
  const refused = refusedPassthrough(options);
  if (refused.length === 0) return;
  throw new AppError(
    'agent-env-secret',
    `Expected ORCH_AGENT_ENV_PASSTHROUGH to name harmless variables, found ${refused.join(', ')}.`,
    { fault: 'user', hint: 'Remove them: an agent must not see secrets or our own settings.' },
  );
}

/** The environment of every agent child, built from nothing (AGENT-21 to AGENT-23). */
export function buildAgentEnv(options: EnvOptions): Env {
  const { parent, passthrough, secrets } = options;
  const env: Env = {};
  for (const name of [...COPIED, ...passthrough]) {
    const value = parent[name];
    if (value !== undefined && !isForbidden(name) && !holdsSecret(value, secrets)) env[name] = value;
  }
  return {
    ...env,
    ...ALWAYS,
    HOME: options.home,
    ...(options.scrub ? { CLAUDE_CODE_SUBPROCESS_ENV_SCRUB: '1' } : {}),
  };
}

/** Author and committer of commits an agent makes itself (FORGE-85). */
export function identityEnv(identity: { name: string; email: string }, role: Role): Env {
  const name = `${identity.name} (${role})`;
  return {
    GIT_AUTHOR_NAME: name,
    GIT_AUTHOR_EMAIL: identity.email,
    GIT_COMMITTER_NAME: name,
    GIT_COMMITTER_EMAIL: identity.email,
  };
}

const isForbidden = (name: string): boolean => name.startsWith('ORCH_') || FORBIDDEN.has(name);

/** By value: a secret stays one under another name. Also inside a longer value, such as a URL. */
const holdsSecret = (value: string | undefined, secrets: readonly string[]): boolean =>
  value !== undefined && secrets.some((secret) => secret.length >= 6 && value.includes(secret));
