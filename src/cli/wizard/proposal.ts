import { ECOSYSTEMS } from '../../gates/security/audit/ecosystems.ts';
import type { Ecosystem } from './ecosystems.ts';
import type { FoundRepository } from './repository.ts';

/** What a person said; absent parts are proposed. */
export interface ProjectWishes {
  repo?: string;
  prefix?: string;
  setup?: string;
  checks?: string;
  baseBranch?: string;
  planeProjectId?: string;
  forge?: 'local' | 'gitea';
  owner?: string;
}

export interface ProposalInput {
  found: FoundRepository;
  ecosystem: Ecosystem;
  wishes: ProjectWishes;
  /** What new projects use where nothing is said. */
  forge: 'local' | 'gitea';
  defaultBranch: string;
  taken: readonly string[];
}

/** A registry entry as it is written; all four means are stated (REG-3). */
export type ProposedEntry = Readonly<Record<string, unknown>> & { repo: string; prefix: string };

const PREFIX_MAX = 6;

/** Capital letters of the name, made different from those in use. */
export function proposePrefix(name: string, taken: readonly string[]): string {
  const letters = name
    .toUpperCase()
    .replace(/[^A-Z0-9]/g, '')
    .replace(/^[0-9]+/, '');
  const base = (letters.length < 2 ? `${letters}PR` : letters).slice(0, PREFIX_MAX);
  for (let n = 1; ; n += 1) {
    const prefix = n === 1 ? base : `${base}${n}`;
    if (!taken.includes(prefix)) return prefix;
  }
}

/** Characters a registry accepts (REG-2). */
const repoName = (name: string): string =>
  name.replace(/[^A-Za-z0-9._-]+/g, '-').replace(/^[^A-Za-z0-9]+/, '') || 'project';

const LOCKS: ReadonlySet<string> = new Set(ECOSYSTEMS.flatMap(({ locks }) => locks));
const hasLock = ({ sight }: FoundRepository): boolean => sight.names.some((name) => LOCKS.has(name));

/** The entry this repository would have. */
export function proposeEntry({
  found,
  ecosystem,
  wishes,
  forge,
  defaultBranch,
  taken,
}: ProposalInput): ProposedEntry {
  const repo = wishes.repo ?? repoName(found.name);
  const where = wishes.forge ?? forge;
  const setup = wishes.setup ?? ecosystem.setup;
  const base = wishes.baseBranch ?? found.baseBranch;
  const owner = wishes.owner ?? (where === 'gitea' ? found.owner : null);
  return {
    repo,
    prefix: wishes.prefix ?? proposePrefix(repo, taken),
    ...(wishes.planeProjectId === undefined ? {} : { plane_project_id: wishes.planeProjectId }),
    forge: where,
    ...(where === 'local' ? { source: found.source } : owner === null ? {} : { owner }),
    ...(base === defaultBranch ? {} : { base_branch: base }),
    ...(setup === null || setup === 'none' ? {} : { setup }),
    checks: wishes.checks ?? ecosystem.checks ?? 'none',
    staging: 'none',
    deploy: 'none',
    image: 'none',
    // `auto` without a lock file cannot verify anything, and would block every task (SHIP-43).
    ...(hasLock(found) ? {} : { dependency_audit: 'none' }),
  };
}
