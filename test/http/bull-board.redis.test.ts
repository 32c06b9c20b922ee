import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { Queue } from 'bullmq';
import { expect, it, onTestFinished } from 'vitest';
import { startTestRedis } from '../support/redis.ts';
import { start } from './http-server.ts';

it('Bull Board shows the jobs of a real queue (REC-140)', async () => {
  const redis = await startTestRedis();
  onTestFinished(() => redis.stop());
  const queue = new Queue('gates', { connection: { path: redis.socketPath, maxRetriesPerRequest: null } });
  onTestFinished(() => queue.close());
  await queue.add('run-gate', { task: 12 }, { jobId: 't12.testing.1.gate.tests_passed' });
  const { askSocket } = await start({ routes: { bullBoard: [new BullMQAdapter(queue)] } });
  const answer = await askSocket(
    '/admin/queues/api/queues?activeQueue=gates&status=latest&page=1&jobsPerPage=10',
  );
  const { queues } = answer.json() as { queues: { name: string; jobs: { id: string }[] }[] };
  expect(queues.map(({ name }) => name)).toEqual(['gates']);
  expect(queues[0]?.jobs.map(({ id }) => id)).toEqual(['t12.testing.1.gate.tests_passed']);
});
