import { expect, it } from 'vitest';
import { load, type Machine } from './load-settings.ts';

const ROOT: Machine = { probes: { isRoot: true } };
const CASES: [what: string, env: Record<string, string>, starts: string, machine?: Machine][] = [
  [
    'an unknown key with the nearest known one (SET-9)',
    { ORCH_HTPP_PORT: '1' },
    'ORCH_HTPP_PORT: unknown setting; the nearest is ORCH_HTTP_PORT',
  ],
  [
    'an unknown secret file key',
    { ORCH_ADMIN_TOKN_FILE: '/x' },
    'ORCH_ADMIN_TOKN_FILE: unknown setting; the nearest is ORCH_ADMIN_TOKEN_FILE',
  ],
  [
    'a model name that is not valid',
    { ORCH_AGENT_MODEL_TESTER: 'gpt' },
    'ORCH_AGENT_MODEL_TESTER: "gpt" is not a model name',
  ],
  ['root without an agent user', {}, 'ORCH_AGENT_USER: unset', ROOT],
  ['unsigned webhooks', { ORCH_ALLOW_UNSIGNED_WEBHOOKS: '1' }, 'ORCH_ALLOW_UNSIGNED_WEBHOOKS: true'],
  [
    'Gitea without a webhook secret',
    { ORCH_GITEA_URL: 'https://git.example' },
    'ORCH_GITEA_WEBHOOK_SECRET: unset',
  ],
  [
    'Plane without a webhook secret',
    { ORCH_PLANE_API_URL: 'https://p.example' },
    'ORCH_PLANE_WEBHOOK_SECRET: unset',
  ],
  ['a loopback public URL', { ORCH_PUBLIC_URL: 'http://[::1]:8500' }, 'ORCH_PUBLIC_URL: is loopback'],
  ['a kill-switch that is off', { ORCH_MERGE_GATE_ENABLED: 'no' }, 'ORCH_MERGE_GATE_ENABLED: off'],
  ['a budget that is off', { ORCH_BUDGET_DAY_USD: 'off' }, 'ORCH_BUDGET_DAY_USD: off'],
  ['an open address without a token', { ORCH_HTTP_HOST: '0.0.0.0' }, 'ORCH_HTTP_HOST: is not loopback'],
];

it.each(CASES)('reports %s without stopping (SET-21)', (_, env, starts, machine) => {
  const { notices } = load(env, machine);
  expect(notices).toHaveLength(1);
  expect(notices[0]?.startsWith(starts)).toBe(true);
});

it('skips a model name that is not valid instead of passing it on (AGENT-17)', () => {
  expect(load({ ORCH_AGENT_MODEL_DEFAULT: 'gpt' }).config.agents.modelDefault).toBeUndefined();
});

it('says nothing of the variable it sets for its own children (SET-9)', () => {
  expect(load({ ORCH_RUN_ID: 'r1', OTHER: 'x' }).notices).toEqual([]);
});
