import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { CiState, ForgeRead, StatusState } from '../../src/forge/port.ts';
import { ciGreen } from '../../src/gates/ci-green.ts';
import type { GateInput } from '../../src/gates/gate.ts';
import { BRANCH, createWorld, exampleSettings, type World } from './support/world.ts';

let world: World;
let head: string;
beforeAll(async () => {
  world = await createWorld();
  head = await world.commit(BRANCH, { 'src/cart.js': '1\n' });
  await world.workspace.mirror.fetch();
});
afterAll(() => world.remove());
beforeEach(() => {
  Object.assign(world.outside, { ci: [], statuses: [], now: 1_000_000 });
});

const state = (value: StatusState, total = 1): ForgeRead<CiState> => ({
  kind: 'ok',
  value: {
    state: value,
    total,
    readAt: 0,
    contexts: [{ context: 'build', state: value, description: 'exit 1', url: 'https://ci.example.org/7' }],
  },
});
const forgeCi = (over: Partial<GateInput> = {}) =>
  world.input({
    gate: 'check_ci_green',
    stage: 'development',
    headSha: head,
    project: { ...world.project, ci: 'forge' },
    ...over,
  });
const read = async (answer: ForgeRead<CiState>, over: Partial<GateInput> = {}) => {
  world.outside.ci = [answer];
  return ciGreen(forgeCi(over), world.ports, world.signal);
};
const accepting = { ...exampleSettings(), ci: { ...exampleSettings().ci, acceptWarning: true } };

describe('check_ci_green over the forge (PIPE-70)', () => {
  const table: [string, ForgeRead<CiState>, Partial<GateInput>, string, string][] = [
    ['success', state('success'), {}, 'passed', 'CI green'],
    ['failure', state('failure'), {}, 'failed', 'CI state: failure'],
    ['error', state('error'), {}, 'failed', 'CI state: error'],
    [
      '404',
      { kind: 'not_found', reason: '404' },
      {},
      'cannot-verify',
      `Branch '${BRANCH}' not found or no status`,
    ],
    ['warning', state('warning'), {}, 'failed', 'CI state: warning'],
    ['skipped', state('skipped'), {}, 'failed', 'CI state: skipped'],
    ['an accepted warning', state('warning'), { settings: accepting }, 'passed', 'CI green'],
    ['pending', state('pending'), {}, 'pending', 'attempt 1/12, state=pending, retrying in 10s'],
    ['nothing yet', state('pending', 0), {}, 'pending', 'attempt 1/12, state=pending, retrying in 10s'],
    [
      'a network error',
      { kind: 'transient', reason: 'ECONNRESET' },
      {},
      'pending',
      'attempt 1/12, state=error, retrying in 10s',
    ],
  ];
  it.each(table)('%s', async (_what, answer, over, outcome, reason) => {
    expect(await read(answer, over)).toMatchObject({ outcome, reason });
  });

  it('hands the failing contexts with their address to the developer', async () => {
    const { evidence } = await read(state('failure'), { attempt: 3 });
    expect(evidence.findings).toEqual([
      { id: 'CI-3-1', text: 'build · failure · exit 1 · https://ci.example.org/7' },
    ]);
  });

  it('inc-37 reads once, then eleven times, and does not wait after the last', async () => {
    let previous: GateInput['previous'] = null;
    for (let i = 1; i <= 12; i += 1) {
      const result = await read(state('pending'), { previous });
      expect(result.evidence).toMatchObject({ read: i, of: 12 });
      expect(result.evidence.retryInMs).toBe(i < 12 ? 10_000 : undefined);
      previous = result.evidence;
      if (i === 12)
        expect(result).toMatchObject({ outcome: 'pending', reason: 'CI still pending after 120s' });
    }
    expect(await read({ kind: 'transient', reason: 'HTTP 502' }, { previous })).toMatchObject({
      outcome: 'pending',
      reason: 'API error: HTTP 502',
    });
    expect(await read(state('success'), { previous })).toMatchObject({ outcome: 'passed' });
  });

  it('starts to count anew for another SHA (FORGE-44)', async () => {
    const previous = { read: 12, of: 12, since: 0, sha: 'e'.repeat(40) };
    expect((await read(state('pending'), { previous })).evidence).toMatchObject({
      read: 1,
      since: 1_000_000,
    });
  });

  it('asks whether CI is enabled when no status came, and gives up after the longest wait', async () => {
    const previous = { read: 12, of: 12, since: 1_000_000, sha: head };
    world.outside.now += 600_000;
    expect(await read(state('pending', 0), { previous })).toMatchObject({
      outcome: 'cannot-verify',
      reason: `no CI run for ${head.slice(0, 7)}: is CI enabled for pushes by the bot user?`,
      evidence: { cause: 'ci-silent' },
    });
    expect(await read(state('pending'), { previous })).toMatchObject({ outcome: 'pending' });
    world.outside.now += 3_000_000;
    expect(await read(state('pending'), { previous })).toMatchObject({
      outcome: 'cannot-verify',
      evidence: { cause: 'ci-timeout' },
    });
  });
});

describe('a forge that was away (FORGE-105)', () => {
  it('has not been silent meanwhile: the time without a status counts from when it answers again', async () => {
    let previous: Record<string, unknown> = { read: 12, of: 12, since: 1_000_000, sha: head };
    const at = async (minutes: number, found: Parameters<typeof read>[0]) => {
      world.outside.now = 1_000_000 + minutes * 60_000;
      const result = await read(found, { previous });
      previous = result.evidence;
      return result;
    };
    const away = { kind: 'transient', reason: 'HTTP 502' } as const;
    expect((await at(5, state('pending', 0))).outcome).toBe('pending');
    expect((await at(6, away)).evidence.facts).toEqual({ sha: head });
    const back = await at(16, state('pending', 0));
    expect(back).toMatchObject({
      outcome: 'pending',
      evidence: { facts: { total: 0, silentSince: 1_960_000 } },
    });
    expect((await at(25, state('pending', 0))).outcome).toBe('pending');
    expect((await at(26, state('pending', 0))).evidence.cause).toBe('ci-silent');
  });
});

describe('check_ci_green by the engine (FORGE-40 to FORGE-42)', () => {
  const engine = (command: string, over: Partial<GateInput> = {}) =>
    forgeCi({ project: { ...world.project, ci: 'engine', checks: { command } }, ...over });

  it('runs the command on the exact commit and records the status', async () => {
    const result = await ciGreen(engine('test "$(cat src/cart.js)" = 1'), world.ports, world.signal);
    expect(result).toMatchObject({
      outcome: 'passed',
      reason: 'CI green',
      evidence: { run: { exitCode: 0 } },
    });
    expect(world.outside.statuses.map(({ sha, status }) => [sha, status.context, status.state])).toEqual([
      [head, 'orchestrator/checks', 'pending'],
      [head, 'orchestrator/checks', 'success'],
    ]);
  });

  it('hands command, exit code and output of a red run to the developer', async () => {
    const result = await ciGreen(engine('echo boom; exit 3'), world.ports, world.signal);
    expect(result).toMatchObject({ outcome: 'failed', reason: 'CI state: failure' });
    expect(result.evidence.verbatim).toMatch(/exit 3[\s\S]*boom/);
  });

  it('gives two equal red runs the same fingerprint, whatever their times (PIPE-40)', async () => {
    const first = await ciGreen(engine('echo "took 12 ms"; exit 1'), world.ports, world.signal);
    const second = await ciGreen(
      engine('echo "took 12 ms"; sleep 0.2; exit 1', { attempt: 2 }),
      world.ports,
      world.signal,
    );
    const bare = (text: unknown) => String(text).replace('sleep 0.2; ', '');
    expect(bare(second.evidence.fingerprint)).toBe(first.evidence.fingerprint);
  });

  it('takes a result already recorded for the commit, and runs again when asked to', async () => {
    world.outside.ci = [state('success'), state('failure'), state('failure')];
    const run = (over: Partial<GateInput>) => ciGreen(engine('true', over), world.ports, world.signal);
    expect(await run({})).toMatchObject({ outcome: 'passed' });
    expect(await run({})).toMatchObject({ outcome: 'failed' });
    expect(world.outside.statuses).toEqual([]);
    expect(await run({ generation: 2 })).toMatchObject({ outcome: 'passed' });
  });

  const means: [string, object, string, string][] = [
    [
      'no command',
      { ci: 'engine', checks: undefined },
      'cannot-verify',
      'cannot verify: CI; set checks, or declare `checks: none`',
    ],
    ['checks: none', { ci: 'engine', checks: 'none' }, 'passed', 'CI gate N/A for shop'],
    ['ci: none', { ci: 'none' }, 'passed', 'CI gate N/A for shop'],
  ];
  it.each(means)('inc-45 %s (PIPE-11)', async (_what, over, outcome, reason) => {
    const input = forgeCi({ project: { ...world.project, ...over } as World['project'] });
    expect(await ciGreen(input, world.ports, world.signal)).toMatchObject({ outcome, reason });
  });
});
