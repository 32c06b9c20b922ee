// A process of its own with a connection of its own: reads {driver, file, pragma} and prints what is wrong with the file, or
// null. Plain JavaScript, because it is started by its path.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { setPriority } from 'node:os';

const { driver, file, pragma } = JSON.parse(readFileSync(0, 'utf8'));
// The system beside it goes first.
setPriority(10);
const Database = createRequire(import.meta.url)(driver);

/** @returns {string | null} */
function fault() {
  try {
    const found = new Database(file, { readonly: true, fileMustExist: true }).pragma(pragma, {
      simple: true,
    });
    return found === 'ok' ? null : String(found);
  } catch (error) {
    return error.message;
  }
}

process.stdout.write(JSON.stringify({ fault: fault() }));
