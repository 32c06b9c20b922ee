import type { LogEntry, PathCommit } from './mirror.ts';
import type { Repository } from './repository.ts';

const FIELDS = ['%H', '%P', '%an', '%ct', '%s', '%(trailers:only,unfold)'];
/** Record and field separators no commit message of ours contains. */
const FORMAT = `%x1e${FIELDS.join('%x1f')}%x1f`;

/** Commits of `from..to`, newest first. */
export async function readLog(
  repo: Repository,
  from: string | null,
  to: string,
  limit: number,
): Promise<LogEntry[]> {
  const args = ['log', `--format=${FORMAT}`, '--no-show-signature', `--max-count=${limit}`];
  const out = await repo.git.text(repo.mirror, [
    ...args,
    '--end-of-options',
    from === null ? to : `${from}..${to}`,
  ]);
  return records(out).map((record) => record.entry);
}

/**
 * Path → commits of `from..to` that added, changed or removed it, newest first (PIPE-67). A merge counts only where it
 * differs from all its parents.
 */
export async function readPathCommits(
  repo: Repository,
  from: string,
  to: string,
): Promise<Map<string, PathCommit[]>> {
  const args = [
    'log',
    `--format=${FORMAT}`,
    '--no-show-signature',
    '--name-only',
    '--no-renames',
    '--diff-merges=combined',
    '-z',
  ];
  const out = await repo.git.text(repo.mirror, [...args, '--end-of-options', `${from}..${to}`]);
  const byPath = new Map<string, PathCommit[]>();
  for (const { entry, rest } of records(out)) {
    for (const name of rest.split('\0').map((line) => line.replace(/^\n+/, ''))) {
      if (name === '') continue;
      const commits = byPath.get(name) ?? [];
      if (commits.at(-1)?.sha !== entry.sha)
        commits.push({ sha: entry.sha, subject: entry.subject, trailers: entry.trailers });
      byPath.set(name, commits);
    }
  }
  return byPath;
}

function records(out: string): { entry: LogEntry; rest: string }[] {
  return out
    .split('\x1e')
    .slice(1)
    .map((record) => {
      const [sha = '', parents = '', author = '', seconds = '0', subject = '', trailers = '', ...rest] =
        record.split('\x1f');
      const entry: LogEntry = {
        sha,
        parents: parents.split(' ').filter(Boolean),
        author,
        committedAt: Number(seconds) * 1_000,
        subject,
        trailers: parseTrailers(trailers),
      };
      return { entry, rest: rest.join('\x1f') };
    });
}

function parseTrailers(text: string): Record<string, string> {
  const found = [...text.matchAll(/^([A-Za-z][A-Za-z0-9-]*):[ \t]*(.*)$/gm)];
  return Object.fromEntries(found.map(([, key, value]) => [key, (value ?? '').trim()]));
}
