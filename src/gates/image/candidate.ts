import type { GateResult } from '../../pipeline/verdict.ts';
import type { GateInput } from '../gate.ts';
import type { GatePorts } from '../ports.ts';
import { outOfForce } from '../results.ts';
import { ensureImage, type FreshImage } from './ensure-image.ts';

/**
 * The image staging is to run, built from the commit that is staged (SHIP-21); null where none is declared or image
 * freshness is not in force. A `result` is judged as the image gate's.
 */
export async function candidateImage(
  input: GateInput,
  ports: Pick<GatePorts, 'workspace' | 'images'>,
  { sha, signal }: { sha: string; signal: AbortSignal },
): Promise<FreshImage | { result: GateResult } | null> {
  const { image } = input.project;
  if (image === undefined || image === 'none') return null;
  if (outOfForce(input.settings.image, 'ORCH_IMAGE_FRESHNESS', input.repo)) return null;
  const sourceTree = await ports.workspace.mirror.sourceTreeOf(sha, input.settings.artefactPaths);
  const made = await ensureImage({ image, revision: sha, sourceTree, signal }, input, ports);
  if (!('result' in made)) return made;
  const { result } = made;
  return { result: { ...result, evidence: { ...result.evidence, handleAs: 'check_image_freshness' } } };
}
