import { lstat } from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '../errors.ts';

/** Joins below a root; throws `path-escapes` when the result is not strictly below it (FORGE-102). */
export function below(root: string, ...parts: string[]): string {
  const resolved = path.resolve(root, ...parts);
  if (!resolved.startsWith(path.resolve(root) + path.sep)) throw escapes(parts.join('/'));
  return resolved;
}

/** A repository-relative path as git writes it; throws `path-escapes` for absolute, `..`, `.git` and NUL. */
export function repoPath(file: string): string {
  const parts = file.replace(/\/+$/, '').split('/');
  const bad = parts.some((part) => part === '' || part === '.' || part === '..' || /^\.git$/i.test(part));
  if (bad || file.includes('\0') || file.includes('\\')) throw escapes(file);
  return parts.join('/');
}

/** True when no existing part of `file` below `root` is a symbolic link (FORGE-102). */
export async function hasNoSymlink(root: string, file: string): Promise<boolean> {
  const parts = path.relative(root, below(root, file)).split(path.sep);
  let current = root;
  for (const part of parts) {
    current = path.join(current, part);
    const stat = await lstat(current).catch(() => null);
    if (stat === null) return true;
    if (stat.isSymbolicLink()) return false;
  }
  return true;
}

function escapes(file: string): AppError {
  return new AppError(
    'path-escapes',
    `Expected a path inside its root, found ${JSON.stringify(file.slice(0, 200))}.`,
  );
}
