import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createScriptedRunner } from '../../../src/agent/scripted.ts';
import { agentRequest, createAgentBench } from '../../../test/support/agent/request.ts';

export interface FloodOptions {
  linesPerSecond: number;
  seconds: number;
}

export interface FloodResult {
  /** How the run ended; `finished` means that every line was read. */
  class: string;
  linesPerSecond: number;
  growthMb: number;
  /** Longest time in which this process did nothing else. */
  stallMs: number;
}

const MB = 2 ** 20;

/** An agent that writes without pause, read by the product's own runner. */
export async function logFlood({ linesPerSecond, seconds }: FloodOptions): Promise<FloodResult> {
  const bench = createAgentBench();
  const programsDir = await mkdtemp(path.join(tmpdir(), 'orch-flood-'));
  try {
    await writeFile(path.join(programsDir, 'developer.mjs'), programOf({ linesPerSecond, seconds }));
    const { deps, env } = bench;
    const runner = createScriptedRunner({ ...deps, programsDir, node: process.execPath, env });
    globalThis.gc?.();
    const before = process.memoryUsage().rss;
    const beat = watchStalls();
    const startedAt = performance.now();
    const run = await runner.run(agentRequest(), bench.hooks());
    const tookS = (performance.now() - startedAt) / 1000;
    const stallMs = beat();
    globalThis.gc?.();
    return {
      class: run.class,
      linesPerSecond: (linesPerSecond * seconds) / tookS,
      growthMb: Math.max(0, (process.memoryUsage().rss - before) / MB),
      stallMs,
    };
  } finally {
    bench.remove();
    await rm(programsDir, { recursive: true, force: true });
  }
}

const BEAT_MS = 10;

/** Longest delay of a timer until the returned function is called. */
function watchStalls(): () => number {
  let longest = 0;
  let last = performance.now();
  const beat = setInterval(() => {
    longest = Math.max(longest, performance.now() - last - BEAT_MS);
    last = performance.now();
  }, BEAT_MS);
  return () => {
    clearInterval(beat);
    return longest;
  };
}

/** Speaks the events of the CLI: a start, many lines, a result. */
const programOf = ({ linesPerSecond, seconds }: FloodOptions): string => `
const total = ${linesPerSecond * seconds};
const say = (event) => JSON.stringify(event) + '\\n';
process.stdout.write(say({ type: 'system', subtype: 'init', session_id: 's', model: 'none' }));
const startedAt = performance.now();
let n = 0;
const timer = setInterval(() => {
  const due = Math.min(total, Math.floor(((performance.now() - startedAt) / 1000) * ${linesPerSecond}));
  let text = '';
  while (n < due) text += say({ type: 'log', n: n++, text: 'reading src/cart/delivery-date.ts and its tests' });
  process.stdout.write(text);
  if (n < total) return;
  clearInterval(timer);
  process.stdout.write(say({ type: 'result', subtype: 'success', is_error: false, num_turns: 1, result: 'done' }));
}, 10);
`;
