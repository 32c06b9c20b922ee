import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createControlClient } from '../../src/http/control-client.ts';
import { recorder, task } from './control-recorder.ts';
import { dataDir, start } from './http-server.ts';

it('reads and changes tasks through the socket without a token (REC-140a)', async () => {
  const { control, commands, created } = recorder();
  const { socketPath } = await start({ routes: { control } });
  const client = createControlClient(socketPath);
  expect(await client.listTasks({ filter: 'open' })).toEqual({ tasks: [task], total: 1 });
  expect(await client.taskLog({ wid: 'SHOP-12', lines: 3 })).toMatchObject({ text: '3 lines' });
  expect(await client.createTask({ project: 'shop', title: 'Add a sitemap' })).toMatchObject({ task_id: 13 });
  expect(await client.command('SHOP-12', 'stop', { text: 'why' })).toEqual(task);
  expect(created[0]?.actor.name).toBe('tester');
  expect(commands[0]).toMatchObject({ command: 'stop', text: 'why' });
});

it.each([
  ['an unknown task', 'SHOP-99', 'stop', { code: 'unknown-task' }],
  ['a refusal', 'SHOP-12', 'approve', { code: 'stale_attempt', message: 'This belongs to attempt 2.' }],
] as const)('throws %s as what the server said', async (_, wid, command, expected) => {
  const { socketPath } = await start({ routes: { control: recorder().control } });
  await expect(createControlClient(socketPath).command(wid, command)).rejects.toMatchObject(expected);
});

it('throws the problems of QG-0', async () => {
  const { socketPath } = await start({ routes: { control: recorder().control } });
  await expect(
    createControlClient(socketPath).createTask({ project: 'shop', title: 'Add' }),
  ).rejects.toMatchObject({
    code: 'task-refused',
    message: 'The title is too short.',
  });
});

it('says that nothing runs and how to start it', async () => {
  const client = createControlClient(join(await dataDir(), 'control.sock'));
  await expect(client.listTasks()).rejects.toMatchObject({
    code: 'not-running',
    hint: 'Start it: orchestrator start',
  });
});
