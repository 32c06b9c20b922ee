import { type Finding, numberFindings } from './findings.ts';

/** The open items of a review, and its P0–P3 sections as they were written (PIPE-59, AGENT-11). */
export interface ReviewFindings {
  findings: Finding[];
  /** `P0` to `P3`, by finding id. */
  severities: Readonly<Record<string, string>>;
  verbatim: string;
}

interface Item {
  severity: string;
  lines: string[];
}

/**
 * Reads `- [ ] <finding id>: <text>` items below the headings P0 to P3 of 12. Ticked items are done. A review
 * that refuses without a readable item yields one finding with its whole body, so nothing is lost.
 */
export function extractReviewFindings(body: string, round: number): ReviewFindings {
  const { items, verbatim } = readSections(body.split('\n'));
  const open = items.map((item) => ({ severity: item.severity, text: item.lines.join('\n').trim() }));
  const kept = open.filter((item) => item.text && !/^(?:none|n\/a|-)\.?$/i.test(item.text));
  if (kept.length === 0) {
    return { findings: numberFindings('REV', round, [body]), severities: {}, verbatim: body.trim() };
  }
  const findings = numberFindings(
    'REV',
    round,
    kept.map(({ severity, text }) => `${severity} ${text}`),
  );
  const severities = Object.fromEntries(findings.map(({ id, text }) => [id, text.slice(0, 2)]));
  return { findings, severities, verbatim };
}

function readSections(lines: readonly string[]): { items: Item[]; verbatim: string } {
  const items: Item[] = [];
  const kept: string[] = [];
  let severity: string | null = null;
  let current: Item | null = null;
  for (const line of lines) {
    const heading = /^\s*(?:#{1,6}\s+|\*\*|__)(.*)$/s.exec(line);
    const section = heading && /^(P[0-3])\b/i.exec(heading[1] ?? '');
    if (section || (heading && line.trimStart().startsWith('#'))) {
      severity = section?.[1]?.toUpperCase() ?? null;
      current = null;
    }
    if (!severity) continue;
    kept.push(line);
    const box = /^\s*[-*+]\s+\[([ xX])\]\s+(.*)$/s.exec(line);
    if (box) {
      current = box[1] === ' ' ? { severity, lines: [box[2] ?? ''] } : null;
      if (current) items.push(current);
    } else if (current && /^\s+\S/.test(line)) {
      current.lines.push(line.trim());
    } else if (line.trim() !== '') {
      current = null;
    }
  }
  return { items, verbatim: kept.join('\n').trim() };
}
