import type { Project } from '../../pipeline/project.ts';
import { findGitleaks, scanWithGitleaks } from './gitleaks.ts';
import type { SecretScan } from './scan.ts';
import { type ScanRequest, scanWithSecretlint } from './secretlint.ts';

/** Picks the scanner by `secrets_scan`: `auto` is gitleaks when it is there, else the bundled one (SHIP-41). */
export async function scanSecrets(
  choice: Project['secretsScan'],
  gitleaksBin: string,
  request: ScanRequest,
): Promise<SecretScan> {
  if (choice === 'secretlint') return scanWithSecretlint(request);
  const version = await findGitleaks(gitleaksBin, request);
  if (version !== null) return scanWithGitleaks(gitleaksBin, version, request);
  if (choice === 'auto') return scanWithSecretlint(request);
  return { kind: 'error', tool: 'gitleaks', reason: `${gitleaksBin} was not found` };
}
