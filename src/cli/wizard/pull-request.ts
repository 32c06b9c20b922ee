import { createCleanup } from '../../app/cleanup.ts';
import { createParts } from '../../app/parts.ts';
import type { LoadedConfig } from '../../config/load.ts';
import { silentLogger } from '../../log.ts';
import type { Project } from '../../pipeline/project.ts';
import type { CliContext } from '../context.ts';

/** What became of the proposal of documents. */
export type Proposed =
  | { kind: 'opened' | 'existed'; number: number; url: string | null; branch: string }
  /** The repository has them already. */
  | { kind: 'nothing' }
  | { kind: 'failed'; reason: string };

export interface Documents {
  project: Project;
  /** Path from the root → content. */
  files: Readonly<Record<string, string>>;
  title: string;
  body: string;
}

/** Puts the documents on a branch of their own and opens a pull request; asking again finds the same one. */
export async function proposeDocuments(
  context: CliContext,
  loaded: LoadedConfig,
  { project, files, title, body }: Documents,
): Promise<Proposed> {
  const log = silentLogger();
  const cleanup = createCleanup(log);
  const { env, home, host, version, commit } = context;
  const { rooms } = createParts({ env, home, host, version, commit, log, now: Date.now }, loaded, cleanup);
  const wid = `${project.prefix}-000`;
  const branch = `feature/${wid}-agents`;
  try {
    const outcome = await rooms.workspace.open(project).proposeFiles({ wid, branch, files, subject: title });
    if (outcome.kind === 'nothing') return { kind: 'nothing' };
    if (outcome.kind !== 'proposed') return { kind: 'failed', reason: outcome.reason };
    const opened = await rooms.forgeFor(project).ensurePr({ branch, title, body });
    if (opened.kind === 'failed') return { kind: 'failed', reason: opened.reason };
    const { number, url } = opened.pr;
    return { kind: opened.kind === 'created' ? 'opened' : 'existed', number, url: url ?? null, branch };
  } finally {
    await cleanup.undo();
  }
}
