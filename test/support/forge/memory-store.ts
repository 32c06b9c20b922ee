import type { LocalForgeStore, PullRow, StatusRow } from '../../../src/forge/local/store.ts';

/** The rows of the local forge in memory, with the uniqueness the database enforces (FORGE-11). */
export function createMemoryForgeStore(): LocalForgeStore {
  const pulls: PullRow[] = [];
  const statuses: StatusRow[] = [];
  const find = (repo: string, number: number) =>
    pulls.find((row) => row.repo === repo && row.number === number) ?? null;
  return {
    openPull: (pull) => {
      const open = pulls.find(
        (row) =>
          row.repo === pull.repo && row.head === pull.head && row.base === pull.base && row.state === 'open',
      );
      if (open) return { row: { ...open }, created: false };
      const number =
        Math.max(0, ...pulls.filter((row) => row.repo === pull.repo).map((row) => row.number)) + 1;
      const row: PullRow = {
        ...pull,
        number,
        state: 'open',
        mergeCommitSha: null,
        closedAt: null,
        mergedAt: null,
      };
      pulls.push(row);
      return { row: { ...row }, created: true };
    },
    pull: (repo, number) => {
      const row = find(repo, number);
      return row ? { ...row } : null;
    },
    pulls: (repo, head, base) =>
      pulls
        .filter((row) => row.repo === repo && row.head === head && row.base === base)
        .map((row) => ({ ...row }))
        .sort((a, b) => b.number - a.number),
    updatePull: (repo, number, patch) => {
      const row = find(repo, number);
      if (row) Object.assign(row, patch);
    },
    addStatus: (status) => {
      statuses.push({ ...status });
    },
    statuses: (repo, sha) => {
      const newest = new Map<string, StatusRow>();
      for (const row of statuses) if (row.repo === repo && row.sha === sha) newest.set(row.context, row);
      return [...newest.values()];
    },
  };
}
