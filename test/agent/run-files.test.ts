import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rotateRunLogs } from '../../src/agent/log-rotation.ts';
import { runFiles } from '../../src/agent/run-files.ts';
import { openRunLog } from '../../src/agent/run-log.ts';
import {
  endOrphan,
  findOrphans,
  isRunAlive,
  workerIdentity,
  writeMarker,
} from '../../src/agent/run-marker.ts';
import { findRunProcesses, identify, markOf, runProcess } from '../../src/subprocess.ts';
import { until } from '../support/until.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'orch-runs-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

describe('rotation of run logs (AGENT-53)', () => {
  const DAY = 86_400_000;
  const now = Date.now();
  const put = (name: string, ageDays: number) => {
    const at = (now - ageDays * DAY) / 1000;
    writeFileSync(join(dir, name), 'x');
    utimesSync(join(dir, name), at, at);
  };
  const rotate = (keepMax: number, active: string[] = []) =>
    rotateRunLogs({ runsDir: dir, now, keepDays: 30, keepMax, active: new Set(active) });

  it('inc-114 removes what is old or beyond the newest runs, and nothing else', () => {
    for (const [name, age] of [
      ['a.log', 31],
      ['a.brief.md', 31],
      ['b.log', 3],
      ['c.log', 2],
      ['c.brief.md', 2],
      ['d.log', 1],
    ] as const)
      put(name, age);
    put('old.proc.json', 99);
    put('notes.txt', 99);
    mkdirSync(join(dir, 'sub.log'));
    expect(rotate(2)).toBe(3);
    for (const gone of ['a.log', 'a.brief.md', 'b.log']) expect(existsSync(join(dir, gone))).toBe(false);
    for (const kept of ['c.log', 'c.brief.md', 'd.log', 'old.proc.json', 'notes.txt', 'sub.log'])
      expect(existsSync(join(dir, kept))).toBe(true);
  });
  it('inc-114 neither touches nor counts active runs', () => {
    put('running.log', 99);
    put('b.log', 1);
    expect(rotate(1, ['running'])).toBe(0);
  });
  it('finds nothing to do in a directory that is not there', () => {
    expect(
      rotateRunLogs({ runsDir: join(dir, 'gone'), now, keepDays: 1, keepMax: 1, active: new Set() }),
    ).toBe(0);
  });
});

describe('the log of a run (AGENT-52)', () => {
  const open = (maxBytes: number) =>
    openRunLog({ path: join(dir, 'r.log'), maxBytes, redact: (text) => text.replaceAll('s3cret', '***') });
  const content = () => readFileSync(join(dir, 'r.log'), 'utf8');
  it('inc-107 masks secrets, marks stderr, and leaves partial messages out of the tail', () => {
    const log = open(1e6);
    log.stdout('{"type":"stream_event"}', true);
    log.stdout('token s3cret', false);
    log.stderr('oh s3cret');
    log.close();
    expect(content()).toBe('{"type":"stream_event"}\ntoken ***\n[stderr] oh ***\n');
    expect(log.tail()).toBe('token ***\n[stderr] oh ***\n');
  });
  it('drops partial messages first and keeps the result', () => {
    const log = open(2000);
    for (let i = 0; i < 100; i++) log.stdout(`partial ${'p'.repeat(40)}`, true);
    log.stdout('a whole line', false);
    for (let i = 0; i < 100; i++) log.stdout(`whole ${'w'.repeat(40)}`, false);
    log.stdout('{"type":"result"}', false);
    log.close();
    expect(content()).toContain('a whole line');
    expect(content()).toContain('{"type":"result"}');
    expect(content()).toContain('lines were dropped');
    expect(content().length).toBeLessThanOrEqual(2000);
  });
});

describe('run markers (REC-60, REC-63)', () => {
  const marker = (
    runId: string,
    worker: ReturnType<typeof identify>,
    child: ReturnType<typeof identify> = null,
  ) => ({
    ...{ runId, mark: markOf(runId, dir), task: 1, fence: 1, host: 'h', cwd: dir, child, worker },
  });
  const dead = { pid: 1, startTime: 'never', bootId: 'none' };
  const write = (entry: ReturnType<typeof marker>) => writeMarker(runFiles(dir, entry.runId).marker, entry);

  it('of a dead worker are orphans, those of a living one are not', () => {
    write(marker('mine', workerIdentity()));
    write(marker('orphan', dead));
    writeFileSync(join(dir, 'broken.proc.json'), '{');
    expect(findOrphans(dir).map((entry) => entry.runId)).toEqual(['orphan']);
    expect(findOrphans(join(dir, 'gone'))).toEqual([]);
  });

  it('lead to every living process of an orphan, and go when it is dead', async () => {
    const runId = `orphan-${process.pid}`;
    let entry = marker(runId, dead);
    const running = runProcess({
      ...{
        argv: [process.execPath, '-e', 'setInterval(()=>{},1000)'],
        cwd: dir,
        env: {},
        marker: { runId: markOf(runId, dir) },
        killGraceMs: 100,
        maxOutputBytes: 10,
      },
      onSpawn: (pid) => {
        entry = marker(runId, dead, identify(pid));
        write(entry);
      },
    });
    // A process shows no environment in the moment in which it becomes another program.
    await until(() => findRunProcesses(entry.mark).length > 0, { what: 'the process carries its run' });
    expect(isRunAlive(entry)).toBe(true);
    expect(await endOrphan(dir, entry)).toMatchObject({ left: [] });
    expect(existsSync(runFiles(dir, runId).marker)).toBe(false);
    expect((await running).signal).toBe('SIGKILL');
    expect(isRunAlive(entry)).toBe(false);
  });
});
