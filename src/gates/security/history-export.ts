import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { GitObjects } from './git-objects.ts';
import type { ScanRange } from './scan.ts';

/** One file of an export and what it was in the repository. */
export interface ExportedFile {
  /** Name in the export directory. */
  name: string;
  path: string;
  commit: string;
}

export interface HistoryExport {
  files: ExportedFile[];
  /** Binary files too large to scan as text, as git and the scanners themselves leave them out. */
  skipped: string[];
}

/** A larger file is scanned only if it is text; git tells the two apart in the same way. */
const LARGE_BYTES = 8 * 1024 * 1024;
const BINARY_PROBE_BYTES = 8000;

/**
 * Writes every blob that a commit of the range added or changed, also when a later one deleted it, and every
 * commit message as files into `dir` (SHIP-41). Names come from counters, never from the repository.
 */
export async function exportHistory(git: GitObjects, range: ScanRange, dir: string): Promise<HistoryExport> {
  const files: ExportedFile[] = [];
  const skipped: string[] = [];
  const seen = new Set<string>();
  const write = async (content: Buffer, from: { path: string; commit: string }): Promise<void> => {
    const name = `${files.length + 1}${suffixOf(from.path)}`;
    await writeFile(path.join(dir, name), readableText(content));
    files.push({ name, ...from });
  };
  for (const commit of range.commits) {
    await write(Buffer.from(await git.message(commit)), { path: 'commit message', commit });
    for (const blob of await git.changedBlobs(commit)) {
      const key = `${blob.oid} ${suffixOf(blob.path)}`;
      if (seen.has(key)) continue;
      seen.add(key);
      const content = await git.blob(blob.oid);
      if (content.length > LARGE_BYTES && content.subarray(0, BINARY_PROBE_BYTES).includes(0))
        skipped.push(blob.path);
      else await write(content, { path: blob.path, commit });
    }
  }
  return { files, skipped };
}

/** The versions at the merge base of the exported paths: what they hold already is not charged to the branch (SHIP-40). */
export async function exportBaseline(
  git: GitObjects,
  { base, files }: { base: string; files: readonly ExportedFile[] },
  dir: string,
): Promise<ExportedFile[]> {
  const baseline: ExportedFile[] = [];
  for (const file of new Set(files.map((entry) => entry.path))) {
    const content = await git.file(base, file);
    if (content === null || content.length > LARGE_BYTES) continue;
    const name = `base-${baseline.length + 1}${suffixOf(file)}`;
    await writeFile(path.join(dir, name), readableText(content));
    baseline.push({ name, path: file, commit: base });
  }
  return baseline;
}

/** Some rules ask for the name of a file; everything else is text, whatever its extension claims. */
function suffixOf(file: string): string {
  const name = path.posix.basename(file);
  const special = ['.npmrc', 'package-lock.json', 'package.json'].find((end) => name.endsWith(end));
  if (special) return special.startsWith('.') ? special : `.${special}`;
  return name.endsWith('.json') ? '.json' : '.txt';
}

/**
 * Text a scanner does not take for binary: a zero byte or UTF-16 must not hide a secret, nor must a comment that
 * switches the scanner off.
 */
function readableText(content: Buffer): string {
  const text = content.toString('utf8').replace(/[\p{Cc}\uFFFD]/gu, (char) => {
    if (char === '\0') return '';
    return char === '\t' || char === '\r' ? char : '\n';
  });
  return text.replace(/secretlint-(?=disable|enable)/gi, 'secretlint_');
}
