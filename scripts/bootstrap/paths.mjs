import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The clone, wherever the command was typed. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** @param {...string} parts */
export const inRoot = (...parts) => join(ROOT, ...parts);

/** Progress goes to stderr: stdout belongs to the program (`--json`). @param {string} line */
export const say = (line) => process.stderr.write(`${line}\n`);
