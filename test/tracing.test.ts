import { afterEach, expect, test } from 'vitest';
import { currentTraceparent, startTracing, traced, tracedNow } from '../src/tracing.ts';
import { type OtlpReceiver, startOtlpReceiver } from './support/otlp.ts';

let receiver: OtlpReceiver | undefined;
let stop: (() => Promise<void>) | undefined;
afterEach(async () => {
  await stop?.();
  await receiver?.close();
  receiver = undefined;
  stop = undefined;
});

test('without an endpoint the work is done and nothing is traced', async () => {
  expect(await traced({ name: 'x' }, async () => currentTraceparent())).toBeUndefined();
  expect(tracedNow({ name: 'x' }, () => 7)).toBe(7);
});

test('spans go to <endpoint>/v1/traces; what a job brings along continues the trace in another process (REC-143)', async () => {
  receiver = await startOtlpReceiver();
  stop = await startTracing({ endpoint: `${receiver.endpoint}/`, version: '1.2.3', host: 'here' });
  const carried = await traced({ name: 'POST /webhook/plane' }, async () =>
    tracedNow({ name: 'event start', attributes: { task: 1 } }, () => currentTraceparent()),
  );
  // Nothing of the first span is open any more, as in a worker far away.
  expect(currentTraceparent()).toBeUndefined();
  await expect(
    traced({ name: 'agent analysis', traceparent: carried }, async () => {
      throw new Error('no work today');
    }),
  ).rejects.toThrow('no work today');
  await stop();
  stop = undefined;
  const byName = new Map(receiver.spans.map((span) => [span.name, span]));
  const [webhook, event, agent] = ['POST /webhook/plane', 'event start', 'agent analysis'].map((name) =>
    byName.get(name),
  );
  expect([...receiver.paths]).toEqual(['POST /v1/traces']);
  expect(new Set([webhook, event, agent].map((span) => span?.traceId)).size).toBe(1);
  expect([event?.parentSpanId, agent?.parentSpanId]).toEqual([webhook?.spanId, event?.spanId]);
  expect(agent?.status).toMatchObject({ code: 2, message: 'no work today' });
});
