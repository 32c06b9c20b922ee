import type { GateResult } from '../pipeline/verdict.ts';
import type { Gate, GateInput } from './gate.ts';
import type { GatePorts } from './ports.ts';
import { readVerdict } from './read-verdict.ts';
import { failed, missingMeans, notApplicable, noVerdict, passed } from './results.ts';

/** `check_staging_status`: 15, corroborated by the engine's own look at the live server (PIPE-74, SHIP-20 to 26). */
export const stagingStatus: Gate = async (input, ports, signal) => {
  const { staging } = input.project;
  if (staging === 'none') return notApplicable('Staging gate', input.repo);
  if (!staging) return missingMeans('staging', 'staging');
  const read = await readVerdict('15', input, ports, { orMain: true });
  if (!read.ok) return read.result;
  const { fields } = read;
  const evidence = { file: '15-staging-log.md', fields, source: read.source };
  switch (fields.staging_status?.toUpperCase()) {
    case 'SUCCESS':
      return corroborate(input, ports, { signal, evidence });
    case 'FAILED':
      return failed('staging_status: FAILED', { ...evidence, verbatim: read.body.trim() });
    default:
      return noVerdict(
        `No recognized staging_status in 15-staging-log.md (${shown(fields.staging_status)})`,
        evidence,
      );
  }
};

/** SHIP-24: what a report claims counts only when the engine sees it itself. */
async function corroborate(
  input: GateInput,
  ports: GatePorts,
  { signal, evidence }: { signal: AbortSignal; evidence: Record<string, unknown> },
): Promise<GateResult> {
  if (!input.settings.staging.verify) {
    return passed('staging_status: SUCCESS', { ...evidence, off: 'ORCH_STAGING_VERIFY_ENABLED' });
  }
  const own = await ports.staging.check({ sha: input.headSha ?? '', signal });
  signal.throwIfAborted();
  const facts = { ...evidence, own };
  const contradiction = (detail: string) =>
    failed(`report says SUCCESS, own check says FAILED: ${detail}`, { ...facts, verbatim: detail });
  if (!own.ok) return contradiction(own.detail);
  if (own.served.match === 'other')
    return contradiction(`staging serves ${own.served.exposed ?? 'another commit'}`);
  return passed('staging_status: SUCCESS', facts);
}

const shown = (value: string | undefined): string =>
  value === undefined ? 'missing' : `staging_status: ${value}`;
