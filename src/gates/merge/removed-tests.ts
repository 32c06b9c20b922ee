import { artefactPath } from '../../pipeline/artefacts.ts';
import type { GateInput } from '../gate.ts';
import type { GatePorts } from '../ports.ts';
import { readTestPlan } from '../test-plan.ts';

/** How many tests the test plan names as removed: the list `removed_tests` of 04 (SHIP-58). Zero when unreadable. */
export async function removedTests(input: GateInput, ports: GatePorts, sha: string): Promise<number> {
  const text = await ports.workspace.mirror.readFile(sha, artefactPath(input.wid, '04'));
  return readTestPlan(text ?? '').removed?.length ?? 0;
}
