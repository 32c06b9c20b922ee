import { badRequest } from './refusal.ts';

/** A file that came in a multipart request. */
export interface UploadedFile {
  name: string;
  mimeType: string;
  bytes: Buffer;
}

/**
 * Parameters of one Bot API call, read the way Telegram reads them: JSON, form and multipart requests
 * are the same to it, so every value may also arrive as a string.
 */
export interface ApiParams {
  has(name: string): boolean;
  text(name: string): string;
  integer(name: string): number | undefined;
  flag(name: string): boolean;
  /** A value or its JSON text. Throws 400 `can't parse … JSON object` on broken JSON. */
  json<T>(name: string): T | undefined;
  /** The uploaded file a parameter stands for, by part name or by `attach://part`. */
  file(name: string): UploadedFile | undefined;
}

const isBlank = (value: unknown): boolean => value === undefined || value === null || value === '';

/** Wraps raw values and uploaded parts; reads are lenient about types and strict about JSON. */
export function createParams(
  values: Record<string, unknown>,
  files: ReadonlyMap<string, UploadedFile> = new Map(),
): ApiParams {
  return {
    has: (name) => !isBlank(values[name]) || files.has(name),
    text: (name) => (isBlank(values[name]) ? '' : String(values[name])),
    integer(name) {
      if (isBlank(values[name])) return undefined;
      const number = Number(values[name]);
      return Number.isSafeInteger(number) ? number : undefined;
    },
    flag: (name) => ['true', '1', 'yes'].includes(String(values[name] ?? '').toLowerCase()),
    json<T>(name: string) {
      const value = values[name];
      if (isBlank(value)) return undefined;
      if (typeof value !== 'string') return value as T;
      try {
        return JSON.parse(value) as T;
      } catch {
        throw badRequest(`can't parse ${name.replaceAll('_', ' ')} JSON object`);
      }
    },
    file(name) {
      const value = values[name];
      const attached = typeof value === 'string' && value.startsWith('attach://') ? value.slice(9) : name;
      return files.get(attached);
    },
  };
}
