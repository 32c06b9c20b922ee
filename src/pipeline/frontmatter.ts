import { isMap, isScalar, parseDocument, type Scalar } from 'yaml';

/** Only this much of a file is read; a verdict stands at its top (PIPE-65). */
export const ARTEFACT_MAX_BYTES = 1024 * 1024;
/** Fields are few and short; a parser of YAML takes seconds for a block that fills the file (REC-26). */
const BLOCK_MAX_CHARS = 32 * 1024;

/** The scalar fields of a file's frontmatter, as written and trimmed, and the text behind the block. */
export interface Frontmatter {
  fields: Readonly<Record<string, string>>;
  body: string;
}

export type FrontmatterResult = ({ ok: true } & Frontmatter) | { ok: false; reason: string };

/**
 * The one reader of frontmatter, for gates and comments (PIPE-65). `content` is null when the file does not
 * exist. Never throws: what is wrong is the reason, in the words of the specification.
 */
export function readFrontmatter(file: string, content: Uint8Array | string | null): FrontmatterResult {
  if (content === null) return { ok: false, reason: `${file} not found` };
  const lines = decodeText(content).split('\n');
  if (lines[0]?.trimEnd() !== '---') return { ok: false, reason: `No YAML frontmatter in ${file}` };
  const end = lines.indexOf('---', 1);
  if (end < 0) return { ok: false, reason: `Malformed YAML frontmatter in ${file}` };
  const block = lines.slice(1, end).join('\n');
  const fields = block.length > BLOCK_MAX_CHARS ? 'longer than 32 KiB' : parseFields(block);
  if (typeof fields === 'string')
    return { ok: false, reason: `Invalid YAML frontmatter in ${file}: ${fields}` };
  if (fields === null) return { ok: false, reason: `Malformed YAML frontmatter in ${file} (not a mapping)` };
  return { ok: true, fields, body: lines.slice(end + 1).join('\n') };
}

/** UTF-8 text of at most 1 MiB, without a BOM, with line feeds only. */
export function decodeText(content: Uint8Array | string): string {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  return new TextDecoder('utf-8').decode(bytes.subarray(0, ARTEFACT_MAX_BYTES)).replaceAll('\r\n', '\n');
}

/** The fields; null when the block is not a mapping; a string when it is not valid YAML. */
function parseFields(block: string): Record<string, string> | null | string {
  const document = parseDocument(block, { uniqueKeys: true, prettyErrors: false, logLevel: 'error' });
  const error = document.errors[0];
  if (error) return error.message.split('\n')[0] ?? 'unreadable';
  if (!isMap(document.contents)) return null;
  const fields: Record<string, string> = Object.create(null);
  for (const { key, value } of document.contents.items) {
    const text = isScalar(value) ? scalarText(value) : '';
    if (isScalar(key) && text !== '') fields[scalarText(key)] = text;
  }
  return fields;
}

/** A scalar as its author wrote it: a SHA of digits and one `e` must not become a number. */
function scalarText(scalar: Scalar): string {
  if (scalar.value === null || scalar.value === undefined) return '';
  if (typeof scalar.value === 'string') return scalar.value.trim();
  return (scalar.source ?? String(scalar.value)).trim();
}
