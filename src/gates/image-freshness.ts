import type { Gate } from './gate.ts';
import { ensureImage } from './image/ensure-image.ts';
import { restage } from './image/restage.ts';
import { cannotVerify, missingMeans, notApplicable, outOfForce, passed } from './results.ts';

/**
 * `check_image_freshness`: the image to be deployed was built from the source tree of `tested_sha`, and staging ran
 * that tree (SHIP-70 to SHIP-73). `imageDigest` is what the deploy uses.
 */
export const imageFreshness: Gate = async (input, ports, signal) => {
  const off = outOfForce(input.settings.image, 'ORCH_IMAGE_FRESHNESS', input.repo);
  if (off) return off;
  const { image } = input.project;
  if (image === 'none') return notApplicable('Image gate', input.repo);
  if (!image) return missingMeans('image', 'image');
  const { testedSha } = input;
  if (!testedSha) return cannotVerify(`cannot verify: no tested commit is recorded for ${input.wid}`);
  const sourceTree = await ports.workspace.mirror.sourceTreeOf(testedSha, input.settings.artefactPaths);
  const fresh = await ensureImage({ image, revision: testedSha, sourceTree, signal }, input, ports);
  if ('result' in fresh) return fresh.result;
  const staged = await restage({ testedSha, sourceTree, digest: fresh.digest, signal }, input, ports);
  if ('result' in staged) return staged.result;
  const how = fresh.built ? `built from ${testedSha.slice(0, 7)}` : 'fresh';
  return passed(`image ${how}${staged.restaged ? ', staged again' : ''}`, {
    imageDigest: fresh.digest,
    built: fresh.built,
    sourceTree,
    ...staged,
  });
};
