import { describe, expect, it } from 'vitest';
import { type MergePorts, type MergeRequest, type MergeStep, stepMerge } from '../../src/delivery/merge.ts';
import type { LandingFacts } from '../../src/delivery/proof.ts';

const request: MergeRequest = {
  testedSha: 'tested',
  testedTree: 'tree',
  baseSha: 'base',
  landedSha: null,
  verify: true,
  markersPath: '.orchestrator/regression-markers.tsv',
};
const notYet: LandingFacts = { inMain: false, treeEqual: 'unknown', baseOk: 'unknown' };
const unreadable: LandingFacts = {
  inMain: 'unknown',
  treeEqual: 'unknown',
  baseOk: 'unknown',
  reason: 'fetch failed',
};
const landed: LandingFacts = {
  inMain: true,
  treeEqual: true,
  baseOk: true,
  landedSha: 'landed',
  landedTree: 'tree',
};
const LANDED = { do: 'landed', landedSha: 'landed', landedTree: 'tree', markers: 'none' };

interface World extends Omit<MergePorts, 'landing'> {
  before: LandingFacts;
  after: LandingFacts;
}

/** A forge and a clone that answer as told; `calls` is what was done to them. */
function world(changes: Partial<World> = {}) {
  const calls: string[] = [];
  let facts = changes.before ?? notYet;
  const ports: MergePorts = {
    landing: async () => facts,
    tips: async () => ({ main: 'base', branch: 'tested' }),
    ensurePr: async () => ({ kind: 'existed', pr: { number: 7 } }),
    leaseHeld: async () => true,
    readFile: async () => null,
    diffPaths: async () => ['src/a.js'],
    ...changes,
    onMergeCall: async () => void calls.push('critical'),
    mergePr: async (number) => {
      calls.push(`merge #${number}`);
      facts = changes.after ?? landed;
      return changes.mergePr?.(number) ?? { kind: 'merged' };
    },
  };
  return { ports, calls };
}
const run = async (changes: Partial<World>, more: Partial<MergeRequest> = {}) => {
  const { ports, calls } = world(changes);
  const first = await stepMerge(ports, { ...request, ...more }, 0);
  const last = first.do === 'look-again' ? await stepMerge(ports, { ...request, ...more }, 5) : first;
  return { first, last, calls };
};

it('merges once, inside the critical window, and proves it (SHIP-101, PIPE-51)', async () => {
  const { ports, calls } = world();
  expect(await stepMerge(ports, request, 0)).toEqual(LANDED);
  expect(calls).toEqual(['critical', 'merge #7']);
  expect(await stepMerge(ports, request, 0)).toEqual(LANDED);
  expect(calls).toEqual(['critical', 'merge #7']);
});

describe('what is in main already is proven, not merged again (SHIP-101, FORGE-36)', () => {
  it('inc-61 after a restart or a merge by a person', async () => {
    const seen = await run({ before: landed, tips: async () => ({ main: 'later', branch: 'tested' }) });
    expect(seen).toEqual({ first: LANDED, last: LANDED, calls: [] });
  });

  it('in a later attempt only while main is still at the landed commit (SHIP-84)', async () => {
    const at = (main: string | null) =>
      run({ before: landed, tips: async () => ({ main, branch: null }) }, { landedSha: 'landed' });
    expect((await at('landed')).last).toEqual(LANDED);
    expect((await at('later')).last).toEqual({ do: 'confirm-again', why: 'main-moved' });
    expect((await at(null)).last).toMatchObject({ do: 'hold', cause: 'merge-not-proven' });
  });
});

describe('the confirmation is used up when something moved (SHIP-84)', () => {
  it.each([
    [
      { main: 'later', branch: 'tested' },
      { do: 'confirm-again', why: 'main-moved' },
    ],
    [
      { main: 'base', branch: 'pushed' },
      { do: 'confirm-again', why: 'branch-moved' },
    ],
    [
      { main: null, branch: 'tested' },
      { do: 'hold', cause: 'merge-refused' },
    ],
    [
      { main: 'base', branch: null },
      { do: 'hold', cause: 'merge-refused' },
    ],
  ])('%j', async (tips, expected) => {
    const { last, calls } = await run({ tips: async () => tips });
    expect(last).toMatchObject(expected);
    expect(calls).toEqual([]);
  });
});

describe('what the forge answers (SHIP-100, SHIP-103)', () => {
  const answers: [string, Partial<World>, MergeStep['do'], object][] = [
    [
      'no pull request to be had',
      { ensurePr: async () => ({ kind: 'failed', reason: 'PR #3 is a draft', transient: false }) },
      'hold',
      { cause: 'pr-create-failed', reason: 'PR #3 is a draft', freeze: false },
    ],
    [
      'the forge is down while the pull request is ensured',
      { ensurePr: async () => ({ kind: 'failed', reason: 'no answer', transient: true }) },
      'look-again',
      { cause: 'pr-create-failed' },
    ],
    [
      'not mergeable yet',
      { after: notYet, mergePr: async () => ({ kind: 'not-mergeable', reason: 'still computing' }) },
      'look-again',
      { cause: 'merge-refused', reason: 'still computing' },
    ],
    [
      'forbidden',
      { after: notYet, mergePr: async () => ({ kind: 'forbidden', reason: '2 approvals required' }) },
      'hold',
      { cause: 'merge-refused', reason: '2 approvals required' },
    ],
    [
      'head moved',
      { after: notYet, mergePr: async () => ({ kind: 'head-moved', reason: 'head is x' }) },
      'confirm-again',
      { why: 'branch-moved' },
    ],
    [
      'unknown, and it did not land',
      { after: notYet, mergePr: async () => ({ kind: 'unknown', reason: 'time-out' }) },
      'look-again',
      { cause: 'merge-refused', reason: 'time-out' },
    ],
    [
      'merged, but main does not have it',
      { after: notYet },
      'hold',
      { cause: 'merge-not-proven', reason: 'not in main' },
    ],
    [
      'main cannot be read before',
      { before: unreadable },
      'look-again',
      { cause: 'merge-not-proven', reason: 'fetch failed' },
    ],
    [
      'main cannot be read after',
      { after: unreadable },
      'look-again',
      { cause: 'merge-not-proven', reason: 'fetch failed' },
    ],
  ];
  it.each(answers)('%s', async (_, changes, first, last) => {
    const seen = await run(changes);
    expect(seen.first.do).toBe(first);
    expect(seen.last).toMatchObject(last);
  });

  it('inc-61 a lost answer to a merge that landed is proven, not repeated', async () => {
    const { last, calls } = await run({
      mergePr: async () => ({ kind: 'unknown', reason: 'connection reset' }),
    });
    expect(last).toEqual(LANDED);
    expect(calls).toEqual(['critical', 'merge #7']);
  });
});

it('without the lease nothing is merged (SHIP-52)', async () => {
  const { last, calls } = await run({ leaseHeld: async () => false });
  expect(last.do).toBe('parked');
  expect(calls).toEqual([]);
});

describe('the proof (SHIP-104, SHIP-105)', () => {
  it('inc-55 another tree than was tested: held, frozen, with the differing paths', async () => {
    const after = { ...landed, treeEqual: false, landedTree: 'other' };
    expect((await run({ after })).last).toEqual({
      do: 'hold',
      cause: 'tree-mismatch',
      reason: 'landed tree other is not the tested tree',
      freeze: true,
      landedTree: 'other',
      paths: ['src/a.js'],
    });
  });

  it.each<[string, Partial<LandingFacts>, object]>([
    ['another base', { baseOk: false }, { cause: 'tree-mismatch', freeze: true }],
    [
      'unknown tree',
      { treeEqual: 'unknown', reason: 'object missing' },
      { cause: 'merge-not-proven', freeze: false },
    ],
    ['unknown base', { baseOk: 'unknown' }, { cause: 'merge-not-proven', freeze: false }],
  ])('%s is never a proof', async (_, facts, hold) => {
    expect((await run({ after: { ...landed, ...facts } })).last).toMatchObject({ do: 'hold', ...hold });
  });

  it('switched off, the landed commit is taken as git shows it', async () => {
    const after = { ...landed, treeEqual: false };
    expect((await run({ after }, { verify: false })).last).toMatchObject({
      do: 'landed',
      landedSha: 'landed',
    });
  });
});

describe('regression markers (SHIP-106)', () => {
  const markers = 'SHOP-1\tsrc/a.js\tif (tab\there)\n# note\n\nSHOP-2\tsrc/b.js\tkeep\n';
  const files = (changes: Record<string, string | null>) => async (sha: string, path: string) =>
    ({
      [`base:${request.markersPath}`]: markers,
      [`landed:${request.markersPath}`]: markers,
      'landed:src/a.js': 'x if (tab\there) y',
      'landed:src/b.js': 'keep',
      ...changes,
    })[`${sha}:${path}`] ?? null;

  it('every text in its path: landed, counted', async () => {
    expect((await run({ readFile: files({}) })).last).toMatchObject({ do: 'landed', markers: 2 });
  });

  it.each<[string, Record<string, string | null>, string]>([
    ['text gone', { 'landed:src/b.js': 'other' }, 'SHOP-2: src/b.js no longer contains "keep"'],
    ['file gone', { 'landed:src/a.js': null }, 'SHOP-1: src/a.js no longer contains'],
    [
      'line removed',
      { [`landed:${request.markersPath}`]: 'SHOP-2\tsrc/b.js\tkeep' },
      'marker removed or changed: SHOP-1',
    ],
    [
      'file of markers removed',
      { [`landed:${request.markersPath}`]: null },
      'marker removed or changed: SHOP-2',
    ],
    ['line unreadable', { [`landed:${request.markersPath}`]: `${markers}SHOP-3 src` }, 'marker unreadable'],
  ])('%s: held, named', async (_, changes, reason) => {
    expect((await run({ readFile: files(changes) })).last).toMatchObject({
      do: 'hold',
      cause: 'merge-not-proven',
      freeze: false,
      reason: expect.stringContaining(reason),
    });
  });

  it('unreadable is not proven', async () => {
    const readFile = () => Promise.reject(new Error('git timed out'));
    expect((await run({ readFile })).last).toMatchObject({ do: 'hold', cause: 'merge-not-proven' });
  });
});
