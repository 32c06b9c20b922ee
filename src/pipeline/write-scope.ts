import { ARTEFACTS, type ArtefactId, artefactPath, workItemDir } from './artefacts.ts';
import { matchesPattern } from './path-pattern.ts';
import type { Role, Stage } from './stages.ts';

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
  /** The project says `deploy: agent`, so the deployer writes 14 at `deploy`. */
  agentDeploys?: boolean;
}

/** A path is writable when it matches `allow` and is in no `deny`, unless `except` names it. */
export interface WriteScope {
  allow: readonly string[];
  deny: readonly string[];
  except: readonly string[];
}

/** What a role may write (agents.md section 1); the brief prints `allow`, the engine restores the rest. */
export function writeScope(role: Role, facts: ScopeFacts): WriteScope {
  const protectedPaths = [...PROTECTED_PATHS, ...(facts.protectedPaths ?? [])];
  const files = (...ids: ArtefactId[]) => ids.map((id) => artefactPath(facts.wid, id));
  const only = (allow: string[]): WriteScope => ({ allow, deny: protectedPaths, except: [] });
  switch (role) {
    case 'analyst':
      return only(files('01', '02', '03', '04', '04b', '05'));
    case 'architect':
      return only([
        `${workItemDir(facts.wid)}/06-adr/**`,
        ...files('07', '08', '09', '10'),
        'docs/architecture/**',
      ]);
    case 'developer':
      return {
        allow: ['**'],
        deny: ['docs/work-items/**', ...protectedPaths],
        except: files('11'),
      };
    case 'reviewer':
      return only(files('12'));
    case 'tester':
      return only(files('13'));
    case 'deployer':
      if (facts.stage === 'deploy') return only(facts.agentDeploys ? files('14') : []);
      return only(files('15'));
  }
}

/** True when the role may have changed this repository path (AGENT-1). */
export function mayWrite(scope: WriteScope, path: string): boolean {
  const matches = (patterns: readonly string[]) => patterns.some((pattern) => matchesPattern(path, pattern));
  if (matches(scope.except)) return true;
  return matches(scope.allow) && !matches(scope.deny);
}

/** The author of a verdict is relaunched when it is unusable; engine files have no such author (PIPE-42). */
export const isEngineArtefact = (id: ArtefactId): boolean => ARTEFACTS[id].author === 'engine';
