import { describe, expect, it } from 'vitest';
import { assertPassthrough, buildAgentEnv, identityEnv } from '../../src/agent/env.ts';

const SECRET = 'hunter2-very-secret';
const parent = {
  ...{
    PATH: '/bin',
    HOME: '/root',
    LANG: 'C',
    TZ: 'UTC',
    HTTPS_PROXY: `http://me:${SECRET}@proxy`,
    FOO: 'bar',
  },
  ...{
    ORCH_TELEGRAM_TOKEN: 'x',
    ANTHROPIC_API_KEY: 'k',
    SSH_AUTH_SOCK: '/s',
    REDIS_URL: 'r',
    MY_TOKEN: SECRET,
  },
};
const options = { parent, passthrough: [] as string[], secrets: [SECRET], home: '/home/agent', scrub: false };

describe('the environment of an agent, built from nothing', () => {
  it('holds what is copied and what is set, and nothing else (AGENT-21, AGENT-22)', () => {
    const env = buildAgentEnv(options);
    expect(env).toMatchObject({
      PATH: '/bin',
      LANG: 'C',
      TZ: 'UTC',
      HOME: '/home/agent',
      CI: '1',
      CLAUDE_CODE_MAX_RETRIES: '4',
    });
    for (const name of [
      'FOO',
      'ORCH_TELEGRAM_TOKEN',
      'ANTHROPIC_API_KEY',
      'SSH_AUTH_SOCK',
      'MY_TOKEN',
      'HTTPS_PROXY',
    ]) {
      expect(env).not.toHaveProperty(name);
    }
    expect(buildAgentEnv({ ...options, scrub: true }).CLAUDE_CODE_SUBPROCESS_ENV_SCRUB).toBe('1');
  });
  it('passes through what the operator names', () => {
    expect(buildAgentEnv({ ...options, passthrough: ['FOO'] }).FOO).toBe('bar');
  });
  for (const name of [
    'ORCH_TELEGRAM_TOKEN',
    'MY_TOKEN',
    'SSH_AUTH_SOCK',
    'ANTHROPIC_API_KEY',
    'DOCKER_HOST',
  ]) {
    it(`stops start-up when the pass-through names ${name} (AGENT-23)`, () => {
      expect(() => assertPassthrough({ ...options, passthrough: ['FOO', name] })).toThrow(name);
      expect(buildAgentEnv({ ...options, passthrough: [name] })).not.toHaveProperty(name);
    });
  }
  it('gives commits of the agent the identity of its role (FORGE-85)', () => {
    const env = identityEnv({ name: 'orchestrator', email: 'o@x' }, 'tester');
    expect(env).toMatchObject({ GIT_AUTHOR_NAME: 'orchestrator (tester)', GIT_COMMITTER_EMAIL: 'o@x' });
  });
});
