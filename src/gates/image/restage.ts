import { artefactPath } from '../../pipeline/artefacts.ts';
import { readFrontmatter } from '../../pipeline/frontmatter.ts';
import type { GateResult } from '../../pipeline/verdict.ts';
import type { GateInput } from '../gate.ts';
import type { GatePorts } from '../ports.ts';
import { failed } from '../results.ts';

export interface Candidate {
  testedSha: string;
  sourceTree: string;
  digest: string;
  signal: AbortSignal;
}

export type Restaged = { restaged: boolean; stagingDiffers: boolean } | { result: GateResult };

/**
 * Staging must have run what is going to be deployed: where its source tree differs (main had moved), the fresh image
 * is staged and checked again (SHIP-72). Its failure is a staging failure, not the image's: `handleAs` says so.
 */
export async function restage(candidate: Candidate, input: GateInput, ports: GatePorts): Promise<Restaged> {
  const { staging } = input.project;
  if (!staging || staging === 'none') return { restaged: false, stagingDiffers: false };
  const { testedSha, digest, signal } = candidate;
  if ((await stagedTree(candidate, input, ports)) === candidate.sourceTree) {
    return { restaged: false, stagingDiffers: false };
  }
  if (!input.settings.image.restage) return { restaged: false, stagingDiffers: true };
  const deployed = await ports.staging.deploy({ sha: testedSha, image: digest, signal });
  signal.throwIfAborted();
  if (!deployed.ok) return { result: stagingFailed(`staging deploy: ${deployed.detail}`) };
  const check = await ports.staging.check({ sha: testedSha, signal });
  signal.throwIfAborted();
  if (!check.ok) return { result: stagingFailed(`staging check: ${check.detail}`) };
  if (check.served.match === 'other') {
    return { result: stagingFailed(`staging serves ${check.served.exposed ?? 'another commit'}`) };
  }
  return { restaged: true, stagingDiffers: true };
}

/** Source tree of the commit that report 15 says was staged; null when that cannot be told. */
async function stagedTree(candidate: Candidate, input: GateInput, ports: GatePorts): Promise<string | null> {
  const { mirror } = ports.workspace;
  const text = await mirror.readFile(candidate.testedSha, artefactPath(input.wid, '15'));
  const report = readFrontmatter('15-staging-log.md', text);
  const commit = report.ok ? report.fields.commit : undefined;
  const staged = commit ? await mirror.resolve(commit) : null;
  return staged ? mirror.sourceTreeOf(staged, input.settings.artefactPaths) : null;
}

const stagingFailed = (reason: string): GateResult =>
  failed(reason, { handleAs: 'check_staging_status', verbatim: reason });
