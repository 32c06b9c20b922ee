// BullMQ on its PostgreSQL backend: one flow per task, every step a job below the next one. A queue, not an engine:
// nothing decides between the steps.
import { randomUUID } from 'node:crypto';
import { createPostgresBackend, withBackend } from 'bullmq';
import { measure, report, STEPS, WIDTH } from './nine.mjs';
import { startPostgres } from './postgres.mjs';

const postgres = await startPostgres();
const { FlowProducer, Worker } = withBackend(createPostgresBackend);
const connection = { connectionString: postgres.url('postgres'), migrate: true };
const queueName = 'steps';

const waiting = new Map();
const flows = new FlowProducer({ connection });
await flows.waitUntilReady();
const worker = new Worker(queueName, async () => 'passed', { connection, concurrency: WIDTH });
worker.on('completed', ({ data }) => waiting.get(data.last)?.());

/** The first step lies at the bottom; only the last one knows whom to tell. */
function flowOf(id) {
  return STEPS.reduce((below, name, index) => {
    const data = index === STEPS.length - 1 ? { last: id } : {};
    return { name, queueName, data, ...(below ? { children: [below] } : {}) };
  }, undefined);
}

const perSecond = await measure(async () => {
  const id = randomUUID();
  const ended = new Promise((resolve) => waiting.set(id, resolve));
  await flows.add(flowOf(id));
  await ended;
  waiting.delete(id);
});
await worker.close();
await flows.close();
await postgres.stop();
report(perSecond);
