import { ARTEFACTS, type ArtefactId, artefactPath, workItemDir } from './artefacts.ts';
import { matchesPattern } from './path-pattern.ts';
import type { Role, Stage } from './stages.ts';
import type { Track } from './track.ts';

/** Paths no role may change, in every project (AGENT-1). A project adds its own `protectedPaths`. */
export const PROTECTED_PATHS: readonly string[] = [
  '.claude/settings*.json',
  '.gitleaks.toml',
  '.gitleaksignore',
  '.secretlintrc*',
  '.secretlintignore',
  '.orchestrator/**',
];

export interface ScopeFacts {
  wid: string;
  stage: Stage;
  protectedPaths?: readonly string[];
  /** Default `full`. */
  track?: Track;
  /** The project says `deploy: agent`, so the deployer writes 14 at `deploy`. */
  agentDeploys?: boolean;
}

/** Glob lists, repository-relative; `protect` wins over `allow`. */
export interface WriteScope {
  allow: readonly string[];
  protect: readonly string[];
}

/** What a role may write (agents.md section 1); the brief prints `allow`, the engine restores the rest. */
export function writeScope(role: Role, facts: ScopeFacts): WriteScope {
  const protect = [...PROTECTED_PATHS, ...(facts.protectedPaths ?? [])];
  const files = (...ids: ArtefactId[]) => ids.map((id) => artefactPath(facts.wid, id));
  switch (role) {
    case 'analyst': {
      const decisions = [`${workItemDir(facts.wid)}/06-adr/**`, ...files('07', '08', '10')];
      const analysis = files('01', '02', '03', '04', '04b', '05');
      return { allow: facts.track === 'bugfix' ? [...analysis, ...decisions] : analysis, protect };
    }
    case 'architect':
      return {
        allow: [
          `${workItemDir(facts.wid)}/06-adr/**`,
          ...files('07', '08', '09', '10'),
          'docs/architecture/**',
        ],
        protect,
      };
    case 'developer':
      return { allow: ['**'], protect: [...protect, ...foreignArtefacts('developer')] };
    case 'reviewer':
      return { allow: files('12'), protect };
    case 'tester':
      return { allow: files('13'), protect };
    case 'deployer':
      if (facts.stage === 'deploy') return { allow: facts.agentDeploys ? files('14') : [], protect };
      return { allow: files('15'), protect };
  }
}

/** The artefacts of every work item that other authors own. */
function foreignArtefacts(role: Role): string[] {
  const others = Object.values(ARTEFACTS).filter((artefact) => artefact.author !== role);
  return [
    ...others.map((artefact) => `${workItemDir('*')}/${artefact.path}`),
    `${workItemDir('*')}/06-adr/**`,
  ];
}

/** True when the role may have changed this repository path (AGENT-1). */
export function mayWrite(scope: WriteScope, path: string): boolean {
  const matches = (patterns: readonly string[]) => patterns.some((pattern) => matchesPattern(path, pattern));
  return matches(scope.allow) && !matches(scope.protect);
}
