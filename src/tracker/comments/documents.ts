import { ARTEFACTS, type ArtefactId, workItemDir } from '../../pipeline/artefacts.ts';
import type { Role, Stage } from '../../pipeline/stages.ts';
import type { Lang } from './words.ts';
import { WORDS } from './words.ts';

/** One line of a status comment's document list; the address was built by the forge. */
export interface DocumentLink {
  label: string;
  url: string;
}

export interface DocumentsOf {
  role: Role;
  stage: Stage;
  wid: string;
  branch: string;
  prNumber: number | null;
  lang: Lang;
  /** Address of a file or directory of the repository at the task's head; null where it may not be linked. */
  file: (path: string) => string | null;
  /** Whether the file or directory exists at the task's head (FORGE-81). */
  exists: (path: string) => boolean;
  branchUrl: string | null;
  prUrl: string | null;
}

const LISTED: Readonly<
  Record<Exclude<Role, 'developer' | 'deployer'> | 'staging' | 'deploy', readonly Entry[]>
> = {
  analyst: [
    ['Business request', '00'],
    ['BRD', '01'],
    ['', '02'],
    ['Acceptance Criteria', '03'],
    ['Test Plan', '04'],
    ['UI Test Cases', '04b'],
  ],
  architect: [['ADR', '06']],
  reviewer: [['Review', '12']],
  tester: [['Test report', '13']],
  staging: [['Staging log', '15']],
  deploy: [['Deploy log', '14']],
};
type Entry = readonly [label: string, artefact: ArtefactId];

/** The documents a status comment lists (PLANE-50): only those that exist and may be linked. */
export function documentsOf(of: DocumentsOf): DocumentLink[] {
  const { role, stage } = of;
  if (role === 'developer') return developerLinks(of);
  const entries = LISTED[role === 'deployer' ? (stage === 'deploy' ? 'deploy' : 'staging') : role];
  return entries.flatMap(([label, artefact]) => {
    // The architect's decisions are linked as their directory.
    const name = ARTEFACTS[artefact].path.replace(/\/[^/]*\*.*$/, '');
    const path = `${workItemDir(of.wid)}/${name}`;
    const url = of.exists(path) ? of.file(path) : null;
    return url === null ? [] : [{ label: label || WORDS[of.lang].specification, url }];
  });
}

function developerLinks({ branch, branchUrl, prNumber, prUrl }: DocumentsOf): DocumentLink[] {
  return [
    ...(branchUrl === null ? [] : [{ label: `Branch ${branch}`, url: branchUrl }]),
    ...(prUrl === null || prNumber === null ? [] : [{ label: `PR #${prNumber}`, url: prUrl }]),
  ];
}

/** Which file and keys hold the verdict a status comment shows; null for roles without one. */
export function verdictSource(
  role: Role,
  stage: Stage,
): { artefact: ArtefactId; keys: readonly string[] } | null {
  if (role === 'reviewer') return { artefact: '12', keys: ['verdict'] };
  if (role === 'tester') return { artefact: '13', keys: ['result', 'verdict', 'status'] };
  if (role !== 'deployer') return null;
  return stage === 'deploy'
    ? { artefact: '14', keys: ['deploy_status'] }
    : { artefact: '15', keys: ['staging_status'] };
}
