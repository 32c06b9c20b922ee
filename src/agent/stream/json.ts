/** Readers for JSON somebody else wrote: a wrong shape reads as absent, never as an error. */
export type Json = Readonly<Record<string, unknown>>;

/** The value as an object, or an empty one. */
export const object = (value: unknown): Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {};

export const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

export const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);

/** A finite number; anything else reads as 0 (AGENT-34). */
export const count = (value: unknown): number =>
  typeof value === 'number' && Number.isFinite(value) ? value : 0;

/** The line as a JSON object, or null. */
export function parseObject(line: string): Json | null {
  if (!line.startsWith('{')) return null;
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as Json) : null;
  } catch {
    return null;
  }
}
