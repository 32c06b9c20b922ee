import type { FinalizePolicy } from '../delivery/finalize.ts';
import type { HookRun, HookRunner } from '../delivery/hook-runner.ts';
import type { WatchPolicy } from '../delivery/monitor.ts';
import type { Forge } from '../forge/port.ts';
import type { LeasePort } from '../gates/merge/lease.ts';
import type { HttpClient } from '../http-client.ts';
import type { Event } from '../pipeline/events.ts';
import type { Project } from '../pipeline/project.ts';
import type { Workspace } from '../workspace/workspace.ts';

/** A deploy or rollback as the database keeps it. */
export interface DeployRecord {
  id: string;
  task: number;
  attempt: number;
  service: string;
  kind: string;
  sha: string;
  previousSha: string | null;
  /** Image the freshness gate approved (SHIP-73). */
  imageDigest: string | null;
  confirmedBy: string;
  state: string;
  result: Record<string, unknown> | null;
  watch: Record<string, unknown> | null;
  /** Its place among all deploys and rollbacks, in the order in which they began; null before that. */
  begun: number | null;
  createdAt: number;
}

export interface DeployRecords {
  byId(id: string): DeployRecord | null;
  of(task: number, attempt: number): DeployRecord | null;
  latest(task: number): DeployRecord | null;
  /** Its hook is about to run; a repeat changes nothing. */
  begin(id: string): void;
  /** Newest first. */
  ofService(service: string, limit: number): DeployRecord[];
  update(
    id: string,
    change: {
      state?: string;
      result?: Record<string, unknown>;
      watch?: Record<string, unknown>;
      endedAt?: number;
    },
  ): void;
}

/** One call of a project's hook. */
export interface HookOrder {
  target: 'staging' | 'production';
  mode: 'deploy' | 'rollback';
  deployId: string;
  wid: string;
  sha: string;
  /** Commit a hook inside the repository is read from; null: main as it is now (SHIP-2). */
  baseSha: string | null;
  image?: string;
}

/** What the steps of the deploy sequence work with; the composition root puts it together. */
export interface DeliveryDeps {
  workspace: Workspace;
  forgeFor: (project: Project) => Forge;
  http: HttpClient;
  lease: LeasePort;
  deploys: DeployRecords;
  /** The runner of a project's hook; throws where its transport is refused (SHIP-120). */
  hooks: (project: Project) => HookRunner;
  /** The hook call of a project: script, environment (SHIP-112). */
  hookRun: (project: Project, order: HookOrder) => Promise<HookRun>;
  /** Keeps a report that arises after the merge (PIPE-57). */
  keepReport: (report: { task: number; name: string; attempt: number; content: string }) => void;
  report: (event: Event) => void;
  /** For what must not be lost, but decides nothing. */
  warn: (facts: Record<string, unknown>, message: string) => void;
  settings: {
    verifyMerge: (repo: string) => boolean;
    markersPath: string;
    mergeStyle: 'auto' | 'merge' | 'fast-forward-only';
    finalize: (project: Project) => FinalizePolicy;
    watch: WatchPolicy;
    stagingTimeoutMs: number;
    artefactPaths: readonly string[];
  };
  now: () => number;
}

/** Source tree of a commit in the mirror; null when the clone does not know it (SHIP-181). */
export const sourceTreeReader =
  ({ workspace, settings }: DeliveryDeps, project: Project) =>
  async (sha: string): Promise<string | null> => {
    const { mirror } = workspace.open(project);
    const full = await mirror.resolve(sha).catch(() => null);
    return full === null ? null : mirror.sourceTreeOf(full, settings.artefactPaths).catch(() => null);
  };
