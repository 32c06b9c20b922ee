import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { numberFindings } from '../../pipeline/findings.ts';
import type { Project } from '../../pipeline/project.ts';
import type { GateResult } from '../../pipeline/verdict.ts';
import type { GateInput } from '../gate.ts';
import type { GatePorts } from '../ports.ts';
import { cannotVerify, failed, refusal } from '../results.ts';

export interface FreshImage {
  digest: string;
  /** False when the image was there already with the right source tree. */
  built: boolean;
}

export interface WantedImage {
  image: Exclude<NonNullable<Project['image']>, 'none'>;
  revision: string;
  sourceTree: string;
  signal: AbortSignal;
}

/** The candidate image of a source tree: the one that carries its label, else a new one (SHIP-71, SHIP-73). */
export async function ensureImage(
  wanted: WantedImage,
  input: GateInput,
  ports: Pick<GatePorts, 'workspace' | 'images'>,
): Promise<FreshImage | { result: GateResult }> {
  const found = await ports.images.inspect(wanted.image.name);
  if (found.kind === 'unavailable') return { result: cannotVerify(`cannot verify: image: ${found.reason}`) };
  if (found.kind === 'present' && found.sourceTree === wanted.sourceTree) {
    return { digest: found.digest, built: false };
  }
  const dir = await mkdtemp(path.join(tmpdir(), 'orchestrator-image-'));
  try {
    await ports.workspace.mirror.exportTree(wanted.revision, dir);
    const outcome = await ports.images.build({
      name: wanted.image.name,
      command: wanted.image.build,
      dir,
      revision: wanted.revision,
      sourceTree: wanted.sourceTree,
      deadlineMs: input.settings.image.buildTimeoutMs,
      signal: wanted.signal,
    });
    wanted.signal.throwIfAborted();
    if (outcome.kind === 'built') return { digest: outcome.digest, built: true };
    if (outcome.kind === 'unavailable')
      return { result: cannotVerify(`cannot verify: image: ${outcome.reason}`) };
    const text = `${wanted.image.build}: ${outcome.reason}\n${outcome.tail}`;
    const findings = numberFindings('IMG', input.attempt, [text]);
    return { result: failed(`image build: ${outcome.reason}`, refusal(findings, text)) };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
