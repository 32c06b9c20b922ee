import { stringify } from 'yaml';
import { ARTEFACTS, type ArtefactId } from '../pipeline/artefacts.ts';

type Scalar = string | number | boolean;
/** Values of a report's machine part; null and undefined are left out. */
export type ReportFields = Readonly<Record<string, Scalar | readonly string[] | null | undefined>>;

/**
 * An engine-written report: frontmatter with the artefact's keys in their order (pipeline.md section 13), then the
 * body. Keys the artefact does not have are refused, so a report and its contract cannot drift apart.
 */
export function renderReport(id: ArtefactId, fields: ReportFields, body: string): string {
  const { keys, path } = ARTEFACTS[id];
  const foreign = Object.keys(fields).find((key) => !keys.includes(key));
  if (foreign !== undefined) throw new TypeError(`${path} has no key ${foreign}`);
  const lines = keys.flatMap((key) => {
    const value = fields[key];
    return value === null || value === undefined ? [] : [`${key}: ${yamlValue(value)}`];
  });
  return `${['---', ...lines, '---', '', body.trimEnd()].join('\n')}\n`;
}

/** A fenced block that no line of the text can close. */
export function fenced(text: string): string {
  const runs = text.match(/`{3,}/g) ?? [];
  const fence = '`'.repeat(runs.reduce((longest, run) => Math.max(longest, run.length + 1), 3));
  return `${fence}text\n${text.trimEnd()}\n${fence}`;
}

/** UTC, seconds. */
export const utc = (at: number): string => `${new Date(at).toISOString().slice(0, 19)}Z`;

/** On one line, quoted where YAML would read something else than was meant. */
const yamlValue = (value: Scalar | readonly string[]): string =>
  typeof value === 'string'
    ? stringify(value.replaceAll(/\s+/g, ' '), { lineWidth: 0, defaultStringType: 'PLAIN' }).trim()
    : stringify(value, { lineWidth: 0, collectionStyle: 'flow' }).trim();
