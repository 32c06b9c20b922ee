import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { listMarkers, writeMarker } from '../../../src/agent/run-marker.ts';
import { endLeftovers } from '../../../src/app/hosts/leftovers.ts';
import { silentLogger } from '../../../src/log.ts';
import { identify, isAlive, markOf } from '../../../src/subprocess.ts';
import { until } from '../../support/until.ts';
import { here, RUN } from './crew.ts';

test('what a dead worker left running is ended, and told until control knows, also over another death (REC-63)', async () => {
  const runsDir = mkdtempSync(path.join(os.tmpdir(), 'orch-leftovers-'));
  const mark = markOf(RUN, runsDir);
  const agent = spawn('sleep', ['600'], { detached: true, env: { ...process.env, ORCH_RUN_ID: mark } });
  const child = identify(agent.pid ?? 0);
  if (child === null) throw new Error('no process was started');
  const of = { mark, task: 1, fence: 1, host: 'here', cwd: '/' };
  writeMarker(path.join(runsDir, `${RUN}.proc.json`), {
    runId: RUN,
    ...of,
    child,
    worker: { ...here(), startTime: '1' },
  });
  writeMarker(path.join(runsDir, 't2.review.1.g1.proc.json'), {
    ...{ runId: 't2.review.1.g1', ...of, mark: 'of a worker that lives' },
    ...{ child: null, worker: here() },
  });
  const begin = () => {
    const told: string[][] = [];
    const leftovers = endLeftovers(runsDir, {
      ended: () => told.push(leftovers.runs()),
      log: silentLogger(),
    });
    return { leftovers, told };
  };
  const first = begin();
  await until(() => first.told.length > 0, { what: 'the run is ended' });
  expect(first.told).toEqual([[RUN]]);
  expect(isAlive(child)).toBe(false);
  // It dies before control has answered.
  const { leftovers, told } = begin();
  await until(() => told.length > 0, { what: 'the run is told again' });
  expect(told).toEqual([[RUN]]);
  leftovers.acknowledged([RUN, 't2.review.1.g1']);
  expect(leftovers.runs()).toEqual([]);
  expect(listMarkers(runsDir).map(({ runId }) => runId)).toEqual(['t2.review.1.g1']);
});
