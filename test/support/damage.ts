import { closeSync, openSync, writeSync } from 'node:fs';
import { Database } from '../../src/db/driver.ts';

/** A table nobody reads: its pages are seen by a check alone. */
const FILLER = 'nobody_reads_this';

/** Spoils a page of a closed database file that no query of the program touches. */
export function spoilUnread(file: string): void {
  const db = new Database(file);
  db.exec(`create table ${FILLER} (x)`);
  db.exec(`with recursive n(i) as (select 1 union all select i + 1 from n where i < 2000)
    insert into ${FILLER} select hex(randomblob(200)) from n`);
  const pageSize = Number(db.pragma('page_size', { simple: true }));
  const page = db
    .prepare("select max(pageno) from dbstat where name = ? and pagetype = 'leaf'")
    .pluck()
    .get(FILLER);
  db.pragma('wal_checkpoint(TRUNCATE)');
  db.close();
  const handle = openSync(file, 'r+');
  writeSync(handle, Buffer.alloc(pageSize, 0x5a), 0, pageSize, (Number(page) - 1) * pageSize);
  closeSync(handle);
}
