import { createHash } from 'node:crypto';
import {
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { withLock } from './lock.mjs';
import { capture } from './npm.mjs';
import { inRoot } from './paths.mjs';

const DIST = inRoot('dist');
const STAMP = join(DIST, '.built-from');
const INPUTS = ['package.json', 'tsconfig.json', 'tsconfig.build.json'];

/** Compiles src to dist and copies everything that is not TypeScript; does nothing when dist is current. */
export async function ensureBuilt() {
  if (isCurrent()) return;
  await withLock(async () => {
    if (!isCurrent()) await build();
  });
}

async function build() {
  const stamp = stampOfSources();
  const fresh = inRoot(`dist.${process.pid}.tmp`);
  try {
    const tsc = inRoot('node_modules', 'typescript', 'bin', 'tsc');
    const result = await capture(process.execPath, [tsc, '-p', 'tsconfig.build.json', '--outDir', fresh]);
    if (!result.ok) {
      process.stderr.write(result.output);
      throw new Error('The build failed; the compiler’s complaints are above.');
    }
    copyAssets(fresh);
    writeFileSync(join(fresh, '.built-from'), stamp);
    rmSync(DIST, { recursive: true, force: true });
    renameSync(fresh, DIST);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

/** @param {string} target */
function copyAssets(target) {
  const src = inRoot('src');
  for (const path of filesBelow(src).filter((file) => !/\.[cm]?ts$/.test(file))) {
    const copy = join(target, relative(src, path));
    mkdirSync(dirname(copy), { recursive: true });
    cpSync(path, copy);
  }
}

function isCurrent() {
  try {
    return readFileSync(STAMP, 'utf8') === stampOfSources();
  } catch {
    return false;
  }
}

/** Changes with every name, size and time of a source file, so deletions and old dates count too. */
function stampOfSources() {
  const hash = createHash('sha256');
  for (const path of [...INPUTS.map((name) => inRoot(name)), ...filesBelow(inRoot('src'))]) {
    const { size, mtimeMs } = statSync(path);
    hash.update(`${path}\0${size}\0${mtimeMs}\n`);
  }
  return hash.digest('hex');
}

/** @param {string} dir @returns {string[]} */
function filesBelow(dir) {
  return readdirSync(dir, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => (entry.isDirectory() ? filesBelow(join(dir, entry.name)) : [join(dir, entry.name)]));
}
