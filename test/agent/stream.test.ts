import { describe, expect, it } from 'vitest';
import { createProgress, HEARTBEAT_MS } from '../../src/agent/progress.ts';
import { activityOf } from '../../src/agent/stream/activity.ts';
import { findLastResult } from '../../src/agent/stream/last-result.ts';
import { createLineSplitter } from '../../src/agent/stream/lines.ts';
import { createObservation, observe } from '../../src/agent/stream/observe.ts';
import { agentRequest } from '../support/agent/request.ts';

describe('lines of the stream (AGENT-29)', () => {
  const split = (chunks: (string | Buffer)[], max?: number) => {
    const lines: string[] = [];
    const splitter = createLineSplitter((line) => lines.push(line), max);
    for (const chunk of chunks) splitter.push(Buffer.from(chunk));
    splitter.end();
    return lines;
  };
  it('are whole however they arrive', () => {
    const e = Buffer.from('é');
    expect(split(['{"a"', ':1}\n\n{', '"b":2}\r\nla', 'st'])).toEqual(['{"a":1}', '', '{"b":2}', 'last']);
    expect(split([e.subarray(0, 1), e.subarray(1), '\n'])).toEqual(['é']);
  });
  it('are cut when they never end', () => expect(split(['x'.repeat(25)], 10).join('')).toHaveLength(25));
});

describe('a result line cut by another (AGENT-29)', () => {
  it('is found as the last balanced object of its kind, strings and braces inside included', () => {
    const inner = '{"type":"result","result":"a } in \\" a string {","usage":{"x":{}},"n":2}';
    const log = `{"type":"result","n":1}\n{"type":"assistant","mess${inner}age":{}}\n{"type":"system"`;
    expect(findLastResult(log)).toMatchObject({ n: 2 });
  });
  it('is null where there is none', () => expect(findLastResult('{"type":"assistant"} {{{')).toBeNull());
  it('does not take minutes on a log full of braces', () => {
    expect(findLastResult(`${'{'.repeat(200_000)}"result"`)).toBeNull();
  });
});

describe('the current activity (AGENT-51)', () => {
  const act = (name: string, input: Record<string, unknown>, parent: string | null = null) => {
    const seen = createObservation();
    observe(seen, {
      type: 'assistant',
      parent_tool_use_id: parent,
      message: { content: [{ type: 'tool_use', name, input }] },
    });
    return activityOf(seen, '/work/tree', (text) => text.replaceAll('s3cret', '***'));
  };
  it('names files inside the worktree relatively and masks secrets', () => {
    expect(act('Edit', { file_path: '/work/tree/src/a.ts' })).toEqual({
      verb: 'editing',
      object: 'src/a.ts',
    });
    expect(act('Read', { file_path: '/etc/passwd' })).toEqual({ verb: 'reading', object: '/etc/passwd' });
    expect(act('Bash', { command: 'curl  -H s3cret\n x' })).toEqual({
      verb: 'running',
      object: 'curl -H *** x',
    });
  });
  it('is at most 80 characters', () =>
    expect(act('Grep', { pattern: 'x'.repeat(200) }).object).toHaveLength(80));
  it('is thinking before the first call, for unknown tools and for calls of others', () => {
    expect(act('Task', {})).toEqual({ verb: 'thinking', object: '' });
    expect(act('Bash', { command: 'x' }, 'toolu_1')).toEqual({ verb: 'thinking', object: '' });
  });
});

describe('progress events (AGENT-50)', () => {
  it('come at most once per interval, at least every 15 s, and one at the end', async () => {
    const seqs: number[] = [];
    let now = 0;
    const progress = createProgress(agentRequest(), {
      now: () => now,
      ...{ host: 'h', intervalMs: 40, emit: (event) => seqs.push(event.seq) },
      snapshot: () => ({
        phase: 'working',
        activity: { verb: 'thinking', object: '' },
        tools: {},
        turns: 0,
        tokens: { in: 0, cached: 0, out: 0 },
        cost_usd: null,
        estimated: true,
        context_pct: null,
        model: null,
      }),
    });
    for (let i = 0; i < 10; i++) progress.touch();
    expect(seqs).toEqual([1]);
    now = 50;
    progress.touch();
    progress.close();
    expect(seqs.length).toBeLessThanOrEqual(3);
    expect(seqs.at(-1)).toBe(seqs.length);
    expect(HEARTBEAT_MS).toBe(15_000);
  });
});
