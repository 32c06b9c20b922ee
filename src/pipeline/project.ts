import type { Complexity } from './complexity.ts';
import type { Role } from './stages.ts';
import type { Track } from './track.ts';

/** Explicit statement that a project has none of something (PIPE-11). Absent means "not configured". */
export type None = 'none';

export interface ProjectHealth {
  url: string;
  okField: string;
  okValue: string;
  shaField: string;
}

export interface ProjectStaging {
  mode: 'hook' | 'agent';
  baseUrl: string;
  check?: string;
  health: ProjectHealth;
  timeoutS?: number;
  /** File with the staging instance's own admin token, for the check `builtin`. */
  tokenFile?: string;
}

/** One registry entry, defaults resolved (REG-2). `config/projects.ts` parses it; everybody reads it. */
export interface Project {
  repo: string;
  prefix: string;
  name: string;
  tracker: 'local' | 'plane';
  planeProjectId?: string;
  stateNames: Readonly<Record<string, string>>;
  forge: 'local' | 'gitea';
  owner?: string;
  source?: string;
  baseBranch: string;
  agentModels: Readonly<Partial<Record<Role, string>>>;
  /** Models for tasks of one size, before `agentModels`; empty: the size chooses nothing. */
  modelsByComplexity: Readonly<Partial<Record<Complexity, Readonly<Partial<Record<Role, string>>>>>>;
  agentEfforts: Readonly<Partial<Record<Role, string>>>;
  /** Caps in USD in place of the global ones; null is `off`. */
  budgets: { attemptUsd?: number | null; taskUsd?: number | null; dayUsd?: number | null };
  approvers: readonly string[];
  /** Of tasks whose request says nothing else. */
  track: Track;
  /** Path in the repository of what agents must know of the project. */
  knowledgeFile: string | None;
  protectedPaths: readonly string[];
  /** What a host must offer to run its agents. */
  workerLabels?: readonly string[];
  setup?: string;
  checks?: { command: string; timeoutS?: number } | None;
  /** A merge may not lower the coverage its checks print. */
  coverageGate: boolean;
  ci: 'forge' | 'engine' | None;
  requirePrReview: boolean;
  staging?: ProjectStaging | None;
  deploy?: 'hook' | 'agent' | None;
  service: string;
  health?: ProjectHealth;
  confirmDeploy: boolean;
  deployHook: { script?: string; via: DeployVia; env: Readonly<Record<string, string>> };
  deployWindow?: string;
  postDeploy: { action: 'ALERT_ONLY' | 'ROLLBACK'; probes: readonly string[]; metricsUrl?: string };
  image?: { name: string; build: string } | None;
  secretsScan: 'auto' | 'gitleaks' | 'secretlint';
  dependencyAudit: 'auto' | None | { command: string };
  /** Repository of this very product (SHIP-4). */
  selfHosting: boolean;
}

export type DeployVia = 'auto' | 'ssh' | 'systemd-run' | 'docker' | 'setsid';
