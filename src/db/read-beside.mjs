// A process of its own with a connection of its own: reads {driver, file, statements} and prints {rows} with the rows of each
// statement, or {error} with SQLite's words. Plain JavaScript, because it is started by its path.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { setPriority } from 'node:os';

const { driver, file, statements } = JSON.parse(readFileSync(0, 'utf8'));
// The system beside it goes first.
setPriority(10);
const Database = createRequire(import.meta.url)(driver);

function answer() {
  try {
    const db = new Database(file, { readonly: true, fileMustExist: true });
    return { rows: statements.map((statement) => db.prepare(statement).all()) };
  } catch (error) {
    return { error: error.message };
  }
}

process.stdout.write(JSON.stringify(answer()));
