import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createProbes } from '../../src/config/probes.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'probes-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

it('tries a directory that exists or can be created and leaves nothing behind (SET-20.13)', async () => {
  const probes = createProbes({});
  expect(probes.directoryProblem(dir)).toBeUndefined();
  expect(probes.directoryProblem(join(dir, 'a', 'b'))).toBeUndefined();
  expect(await readdir(dir)).toEqual([]);
});

it('says why a directory below a file or in a read-only place cannot be created', async () => {
  const probes = createProbes({});
  await writeFile(join(dir, 'file'), '');
  expect(probes.directoryProblem(join(dir, 'file', 'x'))).toContain('cannot be created below');
  expect(probes.directoryProblem('/proc/nothing/x')).toMatch(
    /^cannot be created below "\/proc" \(E[A-Z]+\)$/,
  );
});

it('knows that a user does not exist (SET-20.14)', () => {
  const before = process.geteuid?.();
  expect(createProbes({}).userProblem('no-such-user-here')).toBe('there is no such user');
  expect(process.geteuid?.()).toBe(before);
});

it('tells a missing file from one that cannot be read', () => {
  const probes = createProbes({});
  expect(probes.readFile(join(dir, 'none'))).toBeUndefined();
  expect(() => probes.readFile(dir)).toThrow(/EISDIR/);
});
