import { expect, test } from 'vitest';
import { isOffered, labelsAskedBy, placed, suits } from '../../../src/app/hosts/placement.ts';
import { type JobContext, LookAgain, type Payload } from '../../../src/queues/catalog.ts';

const payload = (workerLabels?: string[]) =>
  ({
    input: { project: workerLabels === undefined ? {} : { workerLabels } },
  }) as never as Payload<'run-check'>;
const context = {} as JobContext;

test('REC-180 a host suits a project whose labels it has, all of them', () => {
  expect(suits([], [])).toBe(true);
  expect(suits(['gpu'], ['linux', 'gpu'])).toBe(true);
  expect(suits(['gpu', 'arm'], ['gpu'])).toBe(false);
  expect(labelsAskedBy(payload(['gpu']))).toEqual(['gpu']);
  expect(labelsAskedBy(payload())).toEqual([]);
});

test('a host offers a kind of work only with its role and its labels', () => {
  const hosts = [
    { roles: ['agents'], labels: ['gpu'] },
    { roles: ['gates'], labels: [] },
  ];
  expect(isOffered(hosts, { role: 'gates' })).toBe(true);
  expect(isOffered(hosts, { role: 'gates', asked: ['gpu'] })).toBe(false);
  expect(isOffered(hosts, { role: 'agents', asked: ['gpu'] })).toBe(true);
  expect(isOffered([], { role: 'agents' })).toBe(false);
});

test('a check that is left to others goes back to the queue and is not carried out', async () => {
  let done = 0;
  const check = async () => {
    done += 1;
    return [];
  };
  const checks = { 'run-check': check, 'project-checks': check };
  const onlyGpu = placed(checks, (asked) => suits(asked, ['gpu']))['project-checks'];
  await expect(onlyGpu(payload(['arm']), context)).rejects.toBeInstanceOf(LookAgain);
  expect(done).toBe(0);
  await expect(onlyGpu(payload(['gpu']), context)).resolves.toEqual([]);
  expect(done).toBe(1);
});
