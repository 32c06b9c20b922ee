import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Which program this is. `commit` is null where neither a `COMMIT` file (images) nor a git clone tells. */
export interface BuildInfo {
  version: string;
  commit: string | null;
}

/** Reads a handful of small files and starts nothing: `version` has to be quick. */
export function readBuildInfo(root = ROOT): BuildInfo {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  return { version, commit: shaIn(read(join(root, 'COMMIT'))) ?? headOf(root) };
}

function headOf(root: string): string | null {
  const pointer = /^gitdir: (.+)$/m.exec(read(join(root, '.git')) ?? '')?.[1];
  const gitDir = pointer === undefined ? join(root, '.git') : resolve(root, pointer);
  const head = read(join(gitDir, 'HEAD'));
  const ref = /^ref: (.+)$/m.exec(head ?? '')?.[1];
  if (ref === undefined) return shaIn(head);
  const common = read(join(gitDir, 'commondir'))?.trim();
  const store = common === undefined ? gitDir : resolve(gitDir, common);
  const packed = () =>
    read(join(store, 'packed-refs'))
      ?.split('\n')
      .find((line) => line.endsWith(` ${ref}`));
  return shaIn(read(join(store, ref))) ?? shaIn(packed());
}

const shaIn = (text: string | undefined): string | null => /^[0-9a-f]{40,64}/.exec(text ?? '')?.[0] ?? null;

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
