import { AsyncLocalStorage } from 'node:async_hooks';
import { describe, expect, it } from 'vitest';
import { createGrouped } from '../../src/db/transactions.ts';
import { storeOf } from './store.ts';

function notes() {
  const { db } = storeOf();
  db.$client.exec('create table notes (text text unique)');
  const insert = db.$client.prepare('insert into notes values (?)');
  return {
    grouped: createGrouped(db),
    write: (text: string) => () => void insert.run(text),
    kept: () => db.$client.prepare('select text from notes order by rowid').pluck().all(),
    client: db.$client,
  };
}

describe('work that is committed with all of its moment', () => {
  it('keeps its order, is one transaction, and is told after the commit', async () => {
    const { grouped, write, kept, client } = notes();
    const inside: boolean[] = [];
    const all = ['a', 'b', 'c'].map((text) =>
      grouped(() => {
        write(text)();
        inside.push(client.inTransaction);
        return kept();
      }).then((seen) => [seen, client.inTransaction]),
    );
    expect(kept()).toEqual([]);
    expect(await Promise.all(all)).toEqual([
      [['a'], false],
      [['a', 'b'], false],
      [['a', 'b', 'c'], false],
    ]);
    expect(inside).toEqual([true, true, true]);
  });

  it('runs each piece in the context of who asked for it', async () => {
    const { grouped } = notes();
    const context = new AsyncLocalStorage<string>();
    const seen = ['a', 'b'].map((name) => context.run(name, () => grouped(() => context.getStore())));
    expect(await Promise.all(seen)).toEqual(['a', 'b']);
  });

  it('takes back only what threw', async () => {
    const { grouped, write, kept } = notes();
    const broken = () => {
      write('b')();
      throw new Error('not now');
    };
    const ends = await Promise.allSettled([grouped(write('a')), grouped(broken), grouped(write('c'))]);
    expect(ends.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(kept()).toEqual(['a', 'c']);
  });

  it('tells all of them when nothing could be committed', async () => {
    const { grouped, write, kept, client } = notes();
    const gone = () => {
      write('b')();
      // As SQLite does itself where the disk is full.
      client.exec('rollback');
      throw new Error('disk full');
    };
    const ends = await Promise.allSettled([grouped(write('a')), grouped(gone)]);
    expect(ends.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(kept()).toEqual([]);
    await grouped(write('a'));
    expect(kept()).toEqual(['a']);
  });
});
