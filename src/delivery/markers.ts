/** A line of the regression markers file: this text must stay in this file (SHIP-106). */
export interface Marker {
  wid: string;
  path: string;
  text: string;
}

export interface MarkersRequest {
  /** The file at `base_sha` and at `landed_sha`; null where it does not exist. */
  base: string | null;
  landed: string | null;
  /** Content of a path at `landed_sha`, null when absent. */
  readLanded: (path: string) => Promise<string | null>;
}

/** `count` is `none` where no markers are declared; `problems` are sentences that name the marker. */
export type MarkersResult = { ok: true; count: number | 'none' } | { ok: false; problems: string[] };

/** Every declared text is in its file, and no declaration was removed or changed since the base (SHIP-106). */
export async function checkMarkers(request: MarkersRequest): Promise<MarkersResult> {
  const lines = linesOf(request.landed);
  const kept = new Set(lines);
  const problems = linesOf(request.base)
    .filter((line) => !kept.has(line))
    .map((line) => `marker removed or changed: ${line}`);
  for (const line of lines) {
    const marker = parseMarker(line);
    if (!marker) problems.push(`marker unreadable, expected work item, path, text: ${line}`);
    else if (!(await request.readLanded(marker.path))?.includes(marker.text))
      problems.push(`${marker.wid}: ${marker.path} no longer contains "${marker.text}"`);
  }
  if (problems.length > 0) return { ok: false, problems };
  return { ok: true, count: request.landed === null ? 'none' : lines.length };
}

/** Reads one line; null when a column is missing. The text is everything behind the second tab. */
export function parseMarker(line: string): Marker | null {
  const [, wid, path, text] = /^([^\t]+)\t([^\t]+)\t(.+)$/.exec(line) ?? [];
  return wid && path && text ? { wid, path, text } : null;
}

/** Lines that say something: without blank ones and comments. */
function linesOf(text: string | null): string[] {
  const lines = (text ?? '').split(/\r?\n/);
  return lines.filter((line) => line.trim() !== '' && !line.startsWith('#'));
}
