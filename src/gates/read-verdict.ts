import { ARTEFACTS, type ArtefactId, artefactPath } from '../pipeline/artefacts.ts';
import { type FreshnessFacts, staleOnMain, staleReason } from '../pipeline/freshness.ts';
import { type Frontmatter, readFrontmatter } from '../pipeline/frontmatter.ts';
import type { GateResult } from '../pipeline/verdict.ts';
import type { GateInput } from './gate.ts';
import type { GitPorts } from './ports.ts';
import { cannotVerify, noVerdict, stale } from './results.ts';

/** The two commits between which an attempt's work lies. */
export interface AttemptRange {
  startSha: string;
  headSha: string;
}

export type VerdictFile = { ok: true; source: 'branch' | 'main' } & Frontmatter;
export type VerdictRead = VerdictFile | { ok: false; result: GateResult };

/** The attempt's range, or `cannot-verify` where the engine recorded none. */
export function attemptRange(input: GateInput): AttemptRange | GateResult {
  const { startSha, headSha } = input;
  if (startSha && headSha) return { startSha, headSha };
  return cannotVerify(`cannot verify: no commit is recorded for attempt ${input.attempt} of ${input.wid}`);
}

/** Reads the verdict file of this attempt at `head_sha` and judges its freshness (PIPE-65, PIPE-67). */
export async function readVerdict(
  id: ArtefactId,
  input: GateInput,
  ports: GitPorts,
  options: { orMain?: boolean } = {},
): Promise<VerdictRead> {
  const range = attemptRange(input);
  if ('outcome' in range) return { ok: false, result: range };
  const { mirror } = ports.workspace;
  const path = artefactPath(input.wid, id);
  const content = await mirror.readFile(range.headSha, path);
  if (content === null && options.orMain) return readFromMain(id, input, ports);
  const file = ARTEFACTS[id].path;
  const read = readFrontmatter(file, content);
  if (!read.ok) return { ok: false, result: noVerdict(read.reason, { file }) };
  const changed = await mirror.changedPaths(range.startSha, range.headSha);
  const reason = staleReason(read.fields, {
    ...(await freshness(id, input, ports, range)),
    changedInAttempt: changed.some((entry) => entry.path === path),
  });
  if (reason) return { ok: false, result: stale(reason, { file, fields: read.fields }) };
  return { ...read, source: 'branch' };
}

/** PIPE-74: 14 and 15 may lie on main; they must name the work item and the commit. */
async function readFromMain(id: ArtefactId, input: GateInput, ports: GitPorts): Promise<VerdictRead> {
  const { mirror } = ports.workspace;
  const file = ARTEFACTS[id].path;
  await mirror.fetch().catch(() => {});
  const main = await mirror.resolve(`origin/${input.project.baseBranch}`).catch(() => null);
  const content = main && (await mirror.readFile(main, artefactPath(input.wid, id)).catch(() => null));
  const read = readFrontmatter(file, content ?? null);
  if (!read.ok) return { ok: false, result: noVerdict(read.reason, { file }) };
  const range = attemptRange(input);
  if ('outcome' in range) return { ok: false, result: range };
  const reason = staleOnMain(read.fields, await freshness(id, input, ports, range));
  if (reason) return { ok: false, result: stale(reason, { file, fields: read.fields }) };
  return { ...read, source: 'main' };
}

async function freshness(
  id: ArtefactId,
  input: GateInput,
  ports: GitPorts,
  range: AttemptRange,
): Promise<Omit<FreshnessFacts, 'changedInAttempt'>> {
  const log = await ports.workspace.mirror.log(range.startSha, range.headSha);
  const tested = input.testedSha && input.stage === 'deploy' ? [input.testedSha] : [];
  return {
    file: ARTEFACTS[id].path,
    workItem: input.wid,
    attempt: input.attempt,
    commits: [range.startSha, ...log.map((entry) => entry.sha), ...tested],
  };
}
