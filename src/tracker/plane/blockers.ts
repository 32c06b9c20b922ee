import type { TrackerRead } from '../port.ts';
import type { PlaneProject } from './project.ts';
import { idOf, isRow } from './wire.ts';

const REMEMBER_MS = 24 * 3_600_000;

/** Call 12: ids of issues that block this one; a server without relations is remembered for 24 h (PLANE-63). */
export function createBlockers(project: PlaneProject): (issue: string) => Promise<TrackerRead<string[]>> {
  let absentUntil = 0;
  return async (issue) => {
    const { client, now } = project;
    const unsupported = { kind: 'unsupported', reason: 'this Plane server offers no relations' } as const;
    if (now() < absentUntil) return unsupported;
    const path = await client.items(project.id, issue, 'relations');
    if (path.kind !== 'ok') return path;
    const read = await client.read({ path: path.value });
    if (read.kind === 'not_found') {
      absentUntil = now() + REMEMBER_MS;
      project.log.warn({}, 'tracker offers no relations');
      return unsupported;
    }
    if (read.kind !== 'ok') return read;
    const blockedBy = isRow(read.value) ? (read.value.blocked_by ?? []) : null;
    if (!Array.isArray(blockedBy)) return { kind: 'permanent', reason: 'Plane answered no relations' };
    return { kind: 'ok', value: [...new Set(blockedBy.flatMap((entry) => idOf(entry) ?? []))] };
  };
}
