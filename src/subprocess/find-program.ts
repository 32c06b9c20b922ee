import { accessSync, constants, statSync } from 'node:fs';
import path from 'node:path';

/** True for a file that may be executed. */
export function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

/** A program by its path, or by its name in the absolute directories of `PATH`; null where there is none. */
export function findProgram(name: string, env: { readonly PATH?: string | undefined }): string | null {
  if (name.includes('/')) return isProgram(name) ? name : null;
  const dirs = (env.PATH ?? '').split(path.delimiter).filter(path.isAbsolute);
  return dirs.map((dir) => path.join(dir, name)).find(isProgram) ?? null;
}
