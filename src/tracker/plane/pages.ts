import type { Logger } from '../../log.ts';
import type { TrackerRead } from '../port.ts';
import type { PlaneCall } from './client.ts';

interface PagesOptions {
  read: (call: PlaneCall) => Promise<TrackerRead<unknown>>;
  wanted: PlaneCall;
  maxPages: number;
  log: Logger;
  /** Ends the list before this row. */
  until?: (row: unknown) => boolean;
}

interface Page {
  rows: unknown[];
  next: string | null;
}

/** All rows of a list: a bare array, or pages by cursor (PLANE-8). The first failure is the result. */
export async function readPages(options: PagesOptions): Promise<TrackerRead<unknown[]>> {
  const { wanted, maxPages } = options;
  const rows: unknown[] = [];
  const seen = new Set<string>();
  let cursor: string | null = null;
  for (let count = 0; count < maxPages; count += 1) {
    const query = { per_page: 100, ...wanted.query, ...(cursor === null ? {} : { cursor }) };
    const read = await options.read({ ...wanted, query });
    if (read.kind !== 'ok') return read;
    const page = toPage(read.value);
    if (page === null)
      return { kind: 'permanent', reason: `Plane's answer for ${wanted.path.join('/')} is no list` };
    const end = options.until ? page.rows.findIndex(options.until) : -1;
    rows.push(...(end < 0 ? page.rows : page.rows.slice(0, end)));
    cursor = page.next;
    if (end >= 0 || cursor === null || seen.has(cursor)) return { kind: 'ok', value: rows };
    seen.add(cursor);
  }
  options.log.warn({ path: wanted.path.join('/'), maxPages }, 'tracker list was cut at the page limit');
  return { kind: 'ok', value: rows };
}

function toPage(value: unknown): Page | null {
  if (Array.isArray(value)) return { rows: value, next: null };
  const { results, next_cursor, next_page_results } = (value ?? {}) as Record<string, unknown>;
  if (!Array.isArray(results)) return null;
  const more = next_page_results === true && typeof next_cursor === 'string' && next_cursor !== '';
  return { rows: results, next: more ? next_cursor : null };
}
