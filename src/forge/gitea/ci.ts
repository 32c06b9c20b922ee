import type { z } from 'zod';
import { combineStatuses, isOwn } from '../ci-state.ts';
import type { CiState, CommitStatus, ForgeRead } from '../port.ts';
import type { GiteaApi } from './api.ts';
import { parseAnswer } from './parse.ts';
import { CombinedAnswer, type StatusAnswer, toState } from './wire.ts';

/** What the forge says about exactly this SHA (FORGE-41 to FORGE-44); all pages are read before a state is computed. */
export async function readCiState(
  api: GiteaApi,
  sha: string,
  options: { ci: 'forge' | 'engine' | 'none'; now: () => number },
): Promise<ForgeRead<CiState>> {
  const pick = (page: unknown) => (page as { statuses?: unknown[] | null } | null)?.statuses ?? [];
  const read = await api.pages(['commits', sha, 'status'], { pick, tooMany: 'refuse' });
  if (read.kind !== 'ok') return read;
  const rows: z.infer<typeof StatusAnswer>[] = [];
  for (const page of read.value.pages) {
    const parsed = parseAnswer({ kind: 'ok', value: page ?? {} }, CombinedAnswer);
    if (parsed.kind !== 'ok') return parsed;
    rows.push(...(parsed.value.statuses ?? []));
  }
  const statuses = newest(rows);
  const readAt = options.now();
  if (options.ci === 'engine')
    return { kind: 'ok', value: combineStatuses(statuses.filter(isOwn), { leaveOutOwn: false, readAt }) };
  // The server computes its state per page, so it says something only about a single one.
  const [first] = read.value.pages;
  const said = read.value.pages.length === 1 ? toState((first as { state?: string } | null)?.state) : null;
  const serverState = said === null ? {} : { serverState: said };
  return { kind: 'ok', value: combineStatuses(statuses, { leaveOutOwn: true, readAt, ...serverState }) };
}

/** Newest per context; a word no description names counts as pending. */
function newest(rows: readonly z.infer<typeof StatusAnswer>[]): CommitStatus[] {
  const byContext = new Map<string, z.infer<typeof StatusAnswer>>();
  for (const row of rows) {
    const known = byContext.get(row.context);
    if (!known || order(row) >= order(known)) byContext.set(row.context, row);
  }
  return [...byContext.values()].map((row) => ({
    context: row.context,
    state: toState(row.status) ?? 'pending',
    description: row.description ?? '',
    ...(row.target_url ? { url: row.target_url } : {}),
  }));
}

const order = (row: z.infer<typeof StatusAnswer>): number =>
  (Date.parse(row.updated_at ?? '') || 0) * 1_000 + ((row.id ?? 0) % 1_000);
