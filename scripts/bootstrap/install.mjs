import { lstatSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { withLock } from './lock.mjs';
import { npm } from './npm.mjs';
import { inRoot, say } from './paths.mjs';

const NODE_MAJOR = Number(process.versions.node.split('.')[0]);
/** See docs/decisions: version 13 brings its binaries along but needs Node 22; version 12 compiles on Node 20. */
const SQLITE = NODE_MAJOR >= 22 ? 'better-sqlite3-napi' : 'better-sqlite3';

/** Makes node_modules match package-lock.json and loadable by this Node; does nothing when it is. */
export async function ensureInstalled() {
  if (isInstalled() && sqliteProblem() === undefined) return;
  await withLock(async () => {
    if (!isInstalled()) await install();
    if (sqliteProblem() !== undefined) await mendSqlite();
  });
}

async function install() {
  refuseLink();
  say('Installing npm packages (once; about a minute) …');
  // Scripts stay off: the ones we need are named below, whatever this npm's policy on them is.
  await must(['ci', '--ignore-scripts'], 'npm ci');
  const claude = '@anthropic-ai/claude-code';
  if (lockedPackages()[`node_modules/${claude}`]) await npm(['rebuild', claude]);
}

/** `npm ci` empties the directory first: through a link it would empty somebody else's. */
function refuseLink() {
  const found = lstatSync(inRoot('node_modules'), { throwIfNoEntry: false });
  if (!found?.isSymbolicLink()) return;
  throw new Error(
    'node_modules should be a directory of its own; found a link. Remove the link, then run this again.',
  );
}

async function mendSqlite() {
  if (SQLITE === 'better-sqlite3') {
    say('Preparing the SQLite binding (once; up to two minutes where it must be compiled) …');
    await must(['rebuild', 'better-sqlite3'], 'npm rebuild better-sqlite3');
  } else {
    // Installed by an older Node, which leaves this package out.
    say(`Installing npm packages for Node.js ${NODE_MAJOR} …`);
    await must(['ci', '--ignore-scripts'], 'npm ci');
  }
  const problem = sqliteProblem();
  if (problem === undefined) return;
  const how =
    SQLITE === 'better-sqlite3'
      ? 'Use Node.js 22 or newer, or install python3, make and g++'
      : 'Remove node_modules';
  throw new Error(
    `SQLite should load in Node.js ${process.versions.node}; found: ${problem} ${how}, then run this again.`,
  );
}

/** @param {string[]} args @param {string} name */
async function must(args, name) {
  const result = await npm(args);
  if (result.ok) return;
  process.stderr.write(result.output);
  throw new Error(
    `${name} failed; its output is above. Check the network and free space, then run this again.`,
  );
}

/** Every locked package this machine needs is there in the locked version. */
function isInstalled() {
  const wanted = lockedPackages();
  const found = packagesIn('node_modules/.package-lock.json');
  if (!found) return false;
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === '' || entry.link) return true;
    // Optional ones are there or not, depending on the platform.
    return found[path]
      ? found[path].version === entry.version
      : entry.optional === true || entry.devOptional === true;
  });
}

const lockedPackages = () => packagesIn('package-lock.json') ?? {};

/** @param {string} path */
function packagesIn(path) {
  try {
    return JSON.parse(readFileSync(inRoot(path), 'utf8')).packages;
  } catch {
    return undefined;
  }
}

/** The first line of what is wrong with the binding, or undefined when it opens a database. */
function sqliteProblem() {
  try {
    const Database = createRequire(inRoot('package.json'))(SQLITE);
    new Database(':memory:').close();
    return undefined;
  } catch (error) {
    return String(error.message).split('\n')[0];
  }
}
