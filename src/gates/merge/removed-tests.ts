import { parse } from 'yaml';
import { artefactPath } from '../../pipeline/artefacts.ts';
import type { GateInput } from '../gate.ts';
import type { GatePorts } from '../ports.ts';

/** How many tests the test plan names as removed: the list `removed_tests` of 04 (SHIP-58). Zero when unreadable. */
export async function removedTests(input: GateInput, ports: GatePorts, sha: string): Promise<number> {
  const text = await ports.workspace.mirror.readFile(sha, artefactPath(input.wid, '04'));
  try {
    const plan: unknown = parse(text ?? '', { logLevel: 'error' });
    const removed =
      plan !== null && typeof plan === 'object' && 'removed_tests' in plan ? plan.removed_tests : null;
    return Array.isArray(removed) ? removed.length : 0;
  } catch {
    return 0;
  }
}
