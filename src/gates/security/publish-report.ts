import { artefactPath } from '../../pipeline/artefacts.ts';
import { readFrontmatter } from '../../pipeline/frontmatter.ts';
import type { GateResult } from '../../pipeline/verdict.ts';
import type { GateInput } from '../gate.ts';
import type { GitPorts } from '../ports.ts';
import { cannotVerify } from '../results.ts';

const FILE = '17-security-report.md';

export type PublishedReport =
  | { head: string; fields: Readonly<Record<string, string>> }
  | { result: GateResult };

/** Commits report 17 to the task branch and reads it back from there; the value read decides (SHIP-45). */
export async function publishReport(
  text: string,
  head: string,
  { input, ports }: { input: GateInput; ports: GitPorts },
): Promise<PublishedReport> {
  const { wid, branch, stage, attempt } = input;
  const written = await ports.workspace.commitFiles({
    wid,
    branch,
    parent: head,
    files: { [FILE]: text },
    subject: `docs: ${wid} 17-security-report`,
    run: { stage, attempt },
  });
  switch (written.kind) {
    case 'pushed':
    case 'unchanged':
      break;
    case 'foreign-push':
      return { result: cannotVerify('somebody else changed the branch', { foreignPush: true }) };
    case 'transient':
      return {
        result: cannotVerify(`cannot verify: ${FILE} was not written: ${written.reason}`, {
          unreachable: true,
        }),
      };
    default:
      return { result: cannotVerify(`cannot verify: ${FILE} was not written: ${written.reason}`) };
  }
  const back = await ports.workspace.mirror.readFile(written.head, artefactPath(wid, '17'));
  const read = readFrontmatter(FILE, back);
  if (!read.ok) return { result: cannotVerify(`cannot verify: ${read.reason}`, { headSha: written.head }) };
  return { head: written.head, fields: read.fields };
}
