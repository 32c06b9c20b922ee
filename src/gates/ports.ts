import type { Forge } from '../forge/port.ts';
import type { Evidence } from '../pipeline/verdict.ts';
import type { ChecksRequest, ChecksResult } from '../workspace/checks.ts';
import type { ProjectWorkspace } from '../workspace/workspace.ts';
import type { ImagePort } from './image/port.ts';
import type { LeasePort } from './merge/lease.ts';
import type { StagingPort } from './staging-port.ts';

/** What any host with git has: enough for the gates that need nothing of the control process (REC-10). */
export interface GitPorts {
  workspace: GateWorkspace;
  /** Git directory of the engine's mirror, read by the secret scanners. */
  gitDir: string;
  /** `ORCH_SECURITY_GITLEAKS_BIN` of this host; a bare name is looked up in PATH. */
  gitleaksBin: string;
  /** Environment of scanner processes: PATH, HOME of a private directory, LANG. No secret is passed. */
  toolEnv: Readonly<Record<string, string>>;
  /** Epoch ms. */
  now: () => number;
}

/** What the gates of one project may use; rooms below satisfy it, the composition root puts it together. */
export interface GatePorts extends GitPorts {
  forge: Pick<Forge, 'ciState' | 'setStatus' | 'reviews'>;
  lease: LeasePort;
  /** A run of the project's check command at one commit, on whichever host; `NotYet` while it is under way. */
  checks: (request: ChecksRequest) => Promise<ChecksResult>;
  /** Keeps evidence with the job, so that a repeated job gets it as `input.previous` (SHIP-55 step 3). */
  remember: (evidence: Evidence) => Promise<void>;
  staging: StagingPort;
  images: ImagePort;
}

/** Reading is from the mirror at an exact SHA (FORGE-74); writing is what SHIP-45 and SHIP-50 allow. */
export type GateWorkspace = Pick<
  ProjectWorkspace,
  'ensureWorktree' | 'rebase' | 'push' | 'commitFiles' | 'runChecks'
> & {
  readonly mirror: Pick<
    ProjectWorkspace['mirror'],
    | 'fetch'
    | 'resolve'
    | 'head'
    | 'readFile'
    | 'listFiles'
    | 'changedPaths'
    | 'treeOf'
    | 'sourceTreeOf'
    | 'mergeBase'
    | 'isAncestor'
    | 'isRebased'
    | 'log'
    | 'exportTree'
  >;
};
