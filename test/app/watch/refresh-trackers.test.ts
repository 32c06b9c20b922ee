import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { refreshTrackers } from '../../../src/app/watch/refresh-trackers.ts';
import { createHttpServer } from '../../../src/http/server.ts';
import { run } from '../../cli/context.ts';
import { depsOf } from '../../http/http-server.ts';
import { planeParts } from './plane-parts.ts';

test('PLANE-22 tracker refresh: states renamed on the board are known at once', async () => {
  const { plane, parts, dataDir } = await planeParts();
  const refreshTracker = (name: string | null) => refreshTrackers(parts, name);
  const deps = await depsOf({ routes: { maintenance: { refreshTracker } } });
  const server = createHttpServer({ ...deps, socketPath: join(dataDir, 'control.sock') });
  await server.listen();
  onTestFinished(() => server.close(0));
  const refresh = (...names: string[]) => run(['tracker', 'refresh', ...names, '--data-dir', dataDir]);
  const stop = async () => {
    const read = await parts.trackerFor('shop').statusMap();
    return read.kind === 'ok' ? read.value.stop?.how : read.reason;
  };
  const [state] = plane.board.states.filter(({ name }) => name === 'STOP');
  const rename = (name: string) => Object.assign(state ?? {}, { name });

  expect(await stop()).toBe('name');
  rename('Halt');
  expect(await stop()).toBe('name');
  expect(await refresh('shop')).toMatchObject({
    exitCode: 0,
    stdout: 'Read again when next needed: shop\n',
  });
  expect(await stop()).toBe('missing');
  rename('STOP');
  expect(await refresh()).toMatchObject({ exitCode: 0, stdout: 'Read again when next needed: shop\n' });
  expect(await stop()).toBe('name');
  const unknown = await refresh('nowhere');
  expect(unknown.exitCode).not.toBe(0);
  expect(unknown.stderr).toContain('nowhere');
});
