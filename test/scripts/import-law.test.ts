import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { checkTree, violationsOf } from '../../scripts/law/check.ts';
import { LAW } from '../../scripts/law/law.ts';

const messagesFor = (path: string, text: string): string[] =>
  violationsOf({ path, text }).map((v) => v.message);

test.each([
  ['a value import', `import { openDb } from '../db/open.ts';`],
  ['a type import', `import type { Db } from '../db/open.ts';`],
  ['an inline type import', `import { type Db } from '../db/open.ts';`],
  ['an import for its effect', `import '../db/open.ts';`],
  ['export … from', `export { openDb } from '../db/open.ts';`],
  ['export type … from', `export type { Db } from '../db/open.ts';`],
  ['export * from', `export * from '../db/open.ts';`],
  ['a dynamic import', `export const load = () => import('../db/open.ts');`],
  ['a dynamic import by template', 'export const load = () => import(`../db/open.ts`);'],
  ['an import type expression', `export type Db = import('../db/open.ts').Db;`],
  ['typeof import', `export type Open = typeof import('../db/open.ts');`],
  ['require', `const db = require('../db/open.ts');`],
])('the import law sees %s', (_form, text) => {
  expect(messagesFor('src/bot/cards.ts', text)).toEqual(['bot may import pipeline; found src/db/open.ts']);
});

test.each([
  ['another room', 'src/pipeline/task.ts', `import '../config/schema.ts';`],
  ['a room from a deeper folder', 'src/bot/cards/render.ts', `import '../../http/server.ts';`],
  ['the inside of a free file', 'src/agent/run.ts', `import '../subprocess/tail.ts';`],
  ['queues beyond the catalog', 'src/processors/run-gate.ts', `import '../queues/worker.ts';`],
  ['main from a room', 'src/http/server.ts', `import '../main.ts';`],
  ['tests from the product', 'src/pipeline/task.ts', `import '../../test/support/redis.ts';`],
  ['a room the law does not know', 'src/misc/x.ts', `import '../pipeline/task.ts';`],
  ['a computed module', 'src/cli/run.ts', 'export const load = (name: string) => import(name);'],
  ['bullmq outside queues', 'src/processors/index.ts', `import { Queue } from 'bullmq';`],
  ['a type of ioredis outside queues', 'src/http/health.ts', `import type { Redis } from 'ioredis';`],
  ['drizzle’s subpath outside db', 'src/bot/store.ts', `import { eq } from 'drizzle-orm/sqlite-core';`],
  ['a grammY plugin outside bot', 'src/http/x.ts', `import { run } from '@grammyjs/runner';`],
  ['child processes outside their door', 'src/gates/ci.ts', `import { spawn } from 'node:child_process';`],
  ['child processes without the scheme', 'src/gates/ci.ts', `import { spawn } from 'child_process';`],
  ['the environment', 'src/config/load.ts', 'export const path = process.env.PATH;'],
  ['the environment in brackets', 'src/config/load.ts', `export const path = process['env'].PATH;`],
  ['the environment by destructuring', 'src/config/load.ts', 'const { env } = process;'],
  ['the environment by import', 'src/config/load.ts', `import { env } from 'node:process';`],
  ['the arguments', 'src/cli/x.ts', 'export const args = process.argv;'],
  ['a bare fetch', 'src/forge/gitea/client.ts', `await fetch('http://forge');`],
  ['an async transaction', 'src/db/x.ts', 'db.transaction(async (tx) => { await tx.run(); });'],
  ['a raw value in HTML', 'src/bot/card.ts', 'export const card = (name: string) => `<b>${name}</b>`;'],
])('the law refuses %s', (_what, path, text) => {
  expect(messagesFor(path, text)).toHaveLength(1);
});

test.each([
  ['its own room', 'src/bot/cards/render.ts', `import '../keyboard.ts';`],
  ['the file of its own room', 'src/subprocess/sweep.ts', `import '../subprocess.ts';`],
  ['free files', 'src/pipeline/task.ts', `import { AppError } from '../errors.ts';`],
  ['the catalog', 'src/processors/index.ts', `import type { Catalog } from '../queues/catalog.ts';`],
  ['everything from the composition root', 'src/app.ts', `import './db/open.ts';`],
  ['a library through its door', 'src/queues/worker.ts', `import { Worker } from 'bullmq';`],
  ['a package whose name only begins alike', 'src/bot/x.ts', `import 'koala';`],
  [
    'an escaped value in HTML',
    'src/bot/card.ts',
    'export const b = (s: string) => `<b>${escapeHtml(s)}</b>`;',
  ],
  ['a comparison that is no tag', 'src/bot/card.ts', 'export const t = (n: number) => `a < ${n}`;'],
  ['a synchronous transaction', 'src/db/x.ts', 'db.transaction((tx) => tx.run());'],
])('the law admits %s', (_what, path, text) => {
  expect(messagesFor(path, text)).toEqual([]);
});

test('a whole tree is checked by file and line', async () => {
  const root = await mkdtemp(join(tmpdir(), 'orch-law-'));
  try {
    const file = join(root, 'src/gates/deep/rule.ts');
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, `// a comment\nimport '../../db/open.ts';\n`);
    expect(checkTree(root)).toMatchObject({
      files: 1,
      violations: [{ path: 'src/gates/deep/rule.ts', line: 2 }],
    });
  } finally {
    await rm(root, { recursive: true, force: true });
  }
});

test('every room the law allows is itself a room of the law', () => {
  const targets = Object.values(LAW.rooms).flat();
  const rooms = targets.filter((target) => target !== '*' && !target.includes('/'));
  expect(rooms.filter((room) => !(room in LAW.rooms))).toEqual([]);
});
