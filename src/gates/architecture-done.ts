import { artefactPath, workItemDir } from '../pipeline/artefacts.ts';
import { matchesPattern } from '../pipeline/path-pattern.ts';
import type { GateResult } from '../pipeline/verdict.ts';
import type { GateInput, GitGate } from './gate.ts';
import type { GitPorts } from './ports.ts';
import { type AttemptRange, attemptRange, readVerdict } from './read-verdict.ts';
import { failed, noVerdict, passed } from './results.ts';

/**
 * `check_architecture_done`: no declared conflict, and a decision written in this attempt (PIPE-69), or in the analysis
 * on a track without an architect.
 */
export const architectureDone: GitGate = async (input, ports) => {
  const range = attemptRange(input);
  if ('outcome' in range) return range;
  const changed = new Set(
    (await ports.workspace.mirror.changedPaths(range.startSha, range.headSha)).map(({ path }) => path),
  );
  const conflict = await declaredConflict(input, ports, changed);
  if (conflict) return conflict;
  const decisions = await writtenDecisions(input, ports, range);
  if (decisions.length === 0)
    return noVerdict('no ADR in 06-adr and no 07-infra-requirements.md', { file: '06-adr' });
  const outputs = (['06', '07', '08', '10'] as const).map((id) => artefactPath(input.wid, id));
  // The documents of a work item are its own: whatever is there was written on this branch.
  if (input.writtenBefore) return passed('architecture done', { decisions });
  const touched = [...changed].filter((path) => outputs.some((output) => matchesPattern(path, output)));
  if (touched.length === 0)
    return noVerdict('none of 06, 07, 08, 10 changed in this attempt', { file: '06-adr' });
  return passed('architecture done', { decisions });
};

/** A 09 written in this attempt that does not clearly say `conflict: false` stops the stage. */
async function declaredConflict(
  input: GateInput,
  ports: GitPorts,
  changed: ReadonlySet<string>,
): Promise<GateResult | null> {
  if (!changed.has(artefactPath(input.wid, '09'))) return null;
  const read = await readVerdict('09', input, ports);
  if (!read.ok) return read.result.reason === '09-conflict.md not found' ? null : read.result;
  const value = read.fields.conflict?.toUpperCase();
  if (value === 'FALSE') return null;
  if (value !== 'TRUE') {
    return noVerdict(
      `09-conflict.md: expected conflict: true or false, found ${read.fields.conflict ?? 'nothing'}`,
    );
  }
  return failed('the specification contradicts itself: 09-conflict.md', { conflict: read.body.trim() });
}

async function writtenDecisions(input: GateInput, ports: GitPorts, range: AttemptRange): Promise<string[]> {
  const { mirror } = ports.workspace;
  const adrs = (await mirror.listFiles(range.headSha, `${workItemDir(input.wid)}/06-adr`)).filter((path) =>
    matchesPattern(path, artefactPath(input.wid, '06')),
  );
  const candidates = [...adrs, artefactPath(input.wid, '07')];
  const texts = await Promise.all(candidates.map((path) => mirror.readFile(range.headSha, path)));
  return candidates.filter((_path, index) => texts[index]?.trim());
}
