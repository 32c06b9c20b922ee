import type { Project } from '../../../pipeline/project.ts';
import type { AuditLevel } from '../../settings.ts';
import type { ScanRange } from '../scan.ts';
import { type Advisory, type AuditOutcome, advisoryKey, atLeast } from './advisory.ts';
import { ECOSYSTEMS } from './ecosystems.ts';
import { type AuditRequest, auditByCommand, auditEcosystem } from './run.ts';

/** The dependency half of report 17. */
export interface DependencyAudit {
  state: 'PASS' | 'FAIL' | 'UNAVAILABLE' | 'NONE' | 'ERROR';
  /** New with this branch and severe enough (SHIP-43). */
  findings: Advisory[];
  /** Known at the merge base already; not charged to the task (SHIP-40). */
  preexisting: Advisory[];
  tools: string[];
  /** Why a tool could not be used. */
  problems: string[];
}

export interface AuditPlan extends Omit<AuditRequest, 'sha'> {
  range: ScanRange;
  level: AuditLevel;
}

type Runner = (request: AuditRequest) => Promise<AuditOutcome>;

/** Audits head and, where something was found, the merge base, and tells new from old. */
export async function auditDependencies(
  choice: Project['dependencyAudit'],
  plan: AuditPlan,
): Promise<DependencyAudit> {
  if (choice === 'none') return { state: 'NONE', findings: [], preexisting: [], tools: [], problems: [] };
  const runners = await chooseRunners(choice, plan);
  if (runners.length === 0) {
    const problem = 'no lock file; set dependency_audit, or declare `dependency_audit: none`';
    return { state: 'ERROR', findings: [], preexisting: [], tools: [], problems: [problem] };
  }
  const audit: DependencyAudit = { state: 'PASS', findings: [], preexisting: [], tools: [], problems: [] };
  const states = new Set<DependencyAudit['state']>();
  for (const run of runners) states.add(await auditOne(run, plan, audit));
  const state = (['FAIL', 'ERROR', 'UNAVAILABLE'] as const).find((word) => states.has(word)) ?? 'PASS';
  return { ...audit, state };
}

async function chooseRunners(
  choice: Exclude<Project['dependencyAudit'], 'none'>,
  plan: AuditPlan,
): Promise<Runner[]> {
  if (choice !== 'auto') return [(request) => auditByCommand(choice.command, request)];
  const runners: Runner[] = [];
  for (const system of ECOSYSTEMS) {
    const locks = await Promise.all(system.locks.map((lock) => plan.git.file(plan.range.head, lock)));
    if (locks.some((lock) => lock !== null)) runners.push((request) => auditEcosystem(system, request));
  }
  return runners;
}

async function auditOne(
  run: Runner,
  plan: AuditPlan,
  audit: DependencyAudit,
): Promise<DependencyAudit['state']> {
  const head = await run({ ...plan, sha: plan.range.head });
  audit.tools.push(head.tool);
  if (head.kind !== 'audited') {
    audit.problems.push(`${head.tool}: ${head.reason}`);
    return head.kind === 'unavailable' ? 'UNAVAILABLE' : 'ERROR';
  }
  const severe = unique(head.advisories).filter(({ severity }) => atLeast(severity, plan.level));
  if (severe.length === 0) return 'PASS';
  const base = await run({ ...plan, sha: plan.range.base });
  if (base.kind !== 'audited') {
    audit.problems.push(`${base.tool} at the merge base: ${base.reason}`);
    return base.kind === 'unavailable' ? 'UNAVAILABLE' : 'ERROR';
  }
  const known = new Set(base.advisories.map(advisoryKey));
  const fresh = severe.filter((advisory) => !known.has(advisoryKey(advisory)));
  audit.findings.push(...fresh);
  audit.preexisting.push(...severe.filter((advisory) => known.has(advisoryKey(advisory))));
  return fresh.length > 0 ? 'FAIL' : 'PASS';
}

const unique = (advisories: readonly Advisory[]): Advisory[] => [
  ...new Map(advisories.map((advisory) => [advisoryKey(advisory), advisory])).values(),
];
