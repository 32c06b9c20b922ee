import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { createBudgetStore } from '../../src/db/budgets.ts';
import { createEngineStore } from '../../src/db/engine-store.ts';
import { openDb } from '../../src/db/open.ts';
import { createOutbox } from '../../src/db/outbox.ts';
import type { Unreadable } from '../../src/db/surroundings.ts';
import { createTaskStore } from '../../src/db/tasks.ts';
import { createEngine } from '../../src/pipeline/engine.ts';
import type { CommandEvent, TaskCommand } from '../../src/pipeline/events.ts';
import type { StartRequest } from '../../src/pipeline/ports.ts';
import { limitsOf, owner, projectOf } from '../support/machine.ts';

/** A directory of this test alone. */
export function tempDir(): string {
  const dir = mkdtempSync(path.join(tmpdir(), 'orch-db-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** Engine and stores over one real database. */
export function storeOf(file = ':memory:', options: { serial?: boolean; unreadable?: Unreadable } = {}) {
  const db = openDb({ file });
  onTestFinished(() => {
    db.$client.close();
  });
  const outbox = createOutbox(db);
  let uuid = 0;
  const store = createEngineStore({
    db,
    outbox,
    project: (repo) => projectOf({ repo, service: repo }),
    limits: () => limitsOf(),
    options: () => ({
      serial: options.serial ?? false,
      dependencies: true,
      runsPerDay: 40,
      windowOpensAt: null,
    }),
    branchFor: (wid, _title, { taken, fallbackId }) => {
      const name = `feature/${wid}`;
      return taken(name) ? `feature/${wid}-${fallbackId}` : name;
    },
    uuid: () => {
      uuid += 1;
      return `uuid-${process.pid}-${uuid}`;
    },
    unreadable: options.unreadable,
    dayOf: createBudgetStore(db, 'UTC').dayOf,
  });
  let commits = 0;
  const engine = createEngine({
    store,
    committed: () => {
      commits += 1;
    },
  });
  return { db, outbox, store, engine, tasks: createTaskStore(db), commits: () => commits };
}
export type Store = ReturnType<typeof storeOf>;

export const requestOf = (change: Partial<StartRequest> = {}): StartRequest => ({
  repo: 'shop',
  prefix: 'SHOP',
  title: 'Show delivery date',
  description: 'People want to see when the goods arrive.',
  issueId: null,
  seq: null,
  createdBy: owner,
  originChat: null,
  ...change,
});

let keys = 0;
export function command(task: number, name: TaskCommand, change: Partial<CommandEvent> = {}): CommandEvent {
  keys += 1;
  return { kind: 'command', name, key: `k${keys}`, at: 5_000, actor: owner, target: { task }, ...change };
}

/** Starts a task of its own issue. */
export const started = ({ engine }: Store, n: number, at = 1_000) =>
  engine.start(requestOf({ issueId: `issue-${n}` }), at, `start-${n}`).task;
