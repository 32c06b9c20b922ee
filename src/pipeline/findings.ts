/** Who refused; the first part of a finding's id (AGENT-11). */
export const FINDING_SOURCES = [
  'REV',
  'PR',
  'TEST',
  'CI',
  'SEC',
  'MERGE',
  'IMG',
  'STAGE',
  'DEPLOY',
  'HUMAN',
] as const;
export type FindingSource = (typeof FINDING_SOURCES)[number];

export interface Finding {
  /** `<SRC>-<round>-<n>`, for example `REV-2-1`. */
  id: string;
  text: string;
}

/** Gives texts their ids in order; blank and repeated texts are left out. */
export function numberFindings(source: FindingSource, round: number, texts: readonly string[]): Finding[] {
  const unique = new Map(texts.filter((text) => text.trim()).map((text) => [foldText(text), text.trim()]));
  return [...unique.values()].map((text, index) => ({ id: `${source}-${round}-${index + 1}`, text }));
}

/**
 * The set of findings as one comparable text: order, ids, white space and case do not count. Two equal
 * fingerprints in a row are no progress (PIPE-40). Empty for no findings.
 */
export function findingsFingerprint(findings: readonly Finding[]): string {
  return [...new Set(findings.map((finding) => foldText(finding.text)))].sort().join('\n');
}

/** White space and case folding, and no leading finding id: the id carries the round. */
function foldText(text: string): string {
  return text
    .replace(/\b(?:REV|PR|TEST|CI|SEC|MERGE|IMG|STAGE|DEPLOY|HUMAN)-\d+-\d+\b:?/gi, ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .toLowerCase();
}
