import { afterAll, beforeAll, expect, test } from 'vitest';
import { type OtlpReceiver, type SentSpan, startOtlpReceiver } from '../support/otlp.ts';
import { type System, startSystem } from '../support/system.ts';
import { until } from '../support/until.ts';

let receiver: OtlpReceiver;
let system: System;
beforeAll(async () => {
  receiver = await startOtlpReceiver();
  system = await startSystem({ settings: { ORCH_OTLP_ENDPOINT: receiver.endpoint } });
});
afterAll(async () => {
  await system?.close();
  await receiver?.close();
});

test('one trace spans request → event → job → agent → gate, through Redis (REC-143)', async () => {
  const id = await system.newTask('Write a note', [{ write: { 'note.md': '# Note\n' } }]);
  await system.until(id, 'approval', ({ activity }) => activity.kind === 'approval');
  const named = (name: string): SentSpan | undefined => receiver.spans.find((span) => span.name === name);
  const names = [
    'POST /tasks',
    'event start',
    'prepare analysis',
    'agent analysis',
    'gate analysis_complete',
  ];
  await until(() => names.every((name) => named(name) !== undefined), {
    get what() {
      return `all spans were sent; there are ${receiver.spans.map(({ name }) => name).join(', ')}`;
    },
  });
  const spans = names.map((name) => named(name));
  expect(new Set(spans.map((span) => span?.traceId)).size).toBe(1);
  const [request, start, ...jobs] = spans;
  expect(start?.parentSpanId).toBe(request?.spanId);
  expect(jobs.map((job) => job?.parentSpanId)).toEqual(jobs.map(() => start?.spanId));
  // What the end of the stage leads to belongs to it, too.
  const settled = receiver.spans.find(
    ({ name, traceId }) => name === 'event stage-settled' && traceId === request?.traceId,
  );
  expect(settled).toBeDefined();
});
