import { AUDIT_LEVELS, type AuditLevel } from '../../settings.ts';

/** One known vulnerability of one package. */
export interface Advisory {
  package: string;
  id: string;
  severity: AuditLevel;
  title: string;
  url?: string;
}

/** What an audit tool said. `unavailable`: feed unreachable or tool not installed (SHIP-44). */
export type AuditOutcome =
  | { kind: 'audited'; tool: string; advisories: Advisory[] }
  | { kind: 'unavailable'; tool: string; reason: string }
  | { kind: 'error'; tool: string; reason: string };

/** Same vulnerability in the same package, whatever its version: how new ones are told from old ones (SHIP-43). */
export const advisoryKey = (advisory: Advisory): string => `${advisory.package} ${advisory.id}`;

/** One line for people. */
export const describeAdvisory = ({ package: name, id, severity, title, url }: Advisory): string =>
  [`${name}: ${title} (${severity}, ${id})`, url].filter(Boolean).join(' ');

/** A tool's word for a severity; one it does not rate counts as high. */
export function readSeverity(word: unknown): AuditLevel {
  const text = String(word ?? '').toLowerCase();
  if (text === 'medium') return 'moderate';
  if (text === 'info' || text === 'none') return 'low';
  return AUDIT_LEVELS.find((level) => level === text) ?? 'high';
}

export const atLeast = (severity: AuditLevel, level: AuditLevel): boolean =>
  AUDIT_LEVELS.indexOf(severity) >= AUDIT_LEVELS.indexOf(level);
