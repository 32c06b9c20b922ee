import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { numberFindings } from '../pipeline/findings.ts';
import type { GateResult } from '../pipeline/verdict.ts';
import type { GateInput, GitGate } from './gate.ts';
import { ownHead } from './own-head.ts';
import type { GitPorts } from './ports.ts';
import { cannotVerify, failed, outOfForce, passed, refusal } from './results.ts';
import { auditDependencies } from './security/audit/dependencies.ts';
import { deliveryRuleChanges, migrationChanges } from './security/delivery-rules.ts';
import { openGitObjects } from './security/git-objects.ts';
import { publishReport } from './security/publish-report.ts';
import { findingLines, renderReport, type SecurityFacts } from './security/report.ts';
import type { ScanRange } from './security/scan.ts';
import { scanSecrets } from './security/secrets.ts';

/**
 * `check_security_gate`: no secret in any commit of the branch and no new vulnerable dependency, by the report the
 * engine wrote and read back (SHIP-40 to SHIP-47, PIPE-75). Findings go to the developer; a tool that cannot be
 * used never passes.
 */
export const securityGate: GitGate = async (input, ports, signal) => {
  const { security } = input.settings;
  const off = outOfForce(security, 'ORCH_SECURITY_GATE', input.repo);
  if (off) return off;
  const scope = await findScope(input, ports, signal);
  if ('outcome' in scope) return scope;
  const facts = await examine(input, ports, { scope, signal });
  signal.throwIfAborted();
  const text = renderReport(input, facts, ports.now());
  const report = await publishReport(text, scope.range.head, { input, ports });
  if ('result' in report) return report.result;
  const paths = (await ports.workspace.mirror.changedPaths(scope.range.base, scope.range.head)).map(
    (entry) => entry.path,
  );
  const evidence = {
    headSha: report.head,
    report: report.fields,
    scannedCommits: facts.range.commits.length,
    warnings: facts.dependencies.state === 'UNAVAILABLE' ? facts.dependencies.problems : [],
    changesDeliveryRules: deliveryRuleChanges(paths, input.project),
    migrations: migrationChanges(paths),
  };
  return decide(input, report.fields, { facts, evidence });
};

interface Scope {
  range: ScanRange;
  /** Newest main: where scanner configuration is read from (SHIP-2). */
  policySha: string;
  git: ReturnType<typeof openGitObjects>;
}

async function findScope(
  input: GateInput,
  ports: GitPorts,
  signal: AbortSignal,
): Promise<Scope | GateResult> {
  const { mirror } = ports.workspace;
  await mirror.fetch();
  const policySha = await mirror.resolve(`origin/${input.project.baseBranch}`);
  // Of somebody else's move the report says so, once it is to be pushed.
  const head = (await ownHead(input, ports)) ?? input.headSha;
  if (!head || !policySha) return cannotVerify(`cannot verify: no commit is recorded for ${input.wid}`);
  const base = await mirror.mergeBase(policySha, head);
  if (!base) return cannotVerify(`cannot verify: ${input.branch} has no commit in common with main`);
  const timeoutMs = input.settings.security.toolTimeoutMs;
  const git = openGitObjects({ gitDir: ports.gitDir, env: ports.toolEnv, timeoutMs, signal });
  return { range: { base, head, commits: await git.commits(base, head) }, policySha, git };
}

async function examine(
  input: GateInput,
  ports: GitPorts,
  { scope, signal }: { scope: Scope; signal: AbortSignal },
): Promise<SecurityFacts> {
  const { security } = input.settings;
  const { range, policySha, git } = scope;
  const tool = { env: ports.toolEnv, timeoutMs: security.toolTimeoutMs, signal };
  const dir = await mkdtemp(path.join(tmpdir(), 'orchestrator-scan-'));
  try {
    const [scans, audits] = [path.join(dir, 'secrets'), path.join(dir, 'audit')];
    await Promise.all([mkdir(scans), mkdir(audits)]);
    const secrets = await scanSecrets(input.project.secretsScan, ports.gitleaksBin, {
      range,
      policySha,
      git,
      dir: scans,
      tool,
    });
    const dependencies = await auditDependencies(input.project.dependencyAudit, {
      range,
      policySha,
      git,
      dir: audits,
      tool,
      level: security.auditLevel,
      exportTree: (sha, into) => ports.workspace.mirror.exportTree(sha, into),
    });
    return { range, secrets, dependencies, failClosed: security.failClosed };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** Only the report that was read back counts; what it says is explained by the facts it was written from. */
function decide(
  input: GateInput,
  report: Readonly<Record<string, string>>,
  { facts, evidence }: { facts: SecurityFacts; evidence: Record<string, unknown> },
): GateResult {
  const lines = findingLines(facts);
  if (report.security_status === 'PASS' && lines.length === 0) {
    const warning = facts.dependencies.state === 'UNAVAILABLE' ? '; dependencies could not be audited' : '';
    return passed(`security_status: PASS${warning}`, evidence);
  }
  if (lines.length > 0) {
    const findings = numberFindings('SEC', input.attempt, lines);
    const advice = facts.secrets.kind === 'findings' ? ['', HISTORY_ADVICE] : [];
    const refused = refusal(findings, [...lines, ...advice].join('\n'));
    return failed(countFindings(facts), { ...evidence, ...refused });
  }
  const { secrets, dependencies } = facts;
  const problems = [
    ...(secrets.kind === 'error' ? [`${secrets.tool}: ${secrets.reason}`] : []),
    ...dependencies.problems,
  ];
  return cannotVerify(`cannot verify: ${problems.join('; ') || 'the security report says FAIL'}`, evidence);
}

const HISTORY_ADVICE =
  "A secret must be removed from the branch's history, not only from its files, and it must be rotated.";

function countFindings({ secrets, dependencies }: SecurityFacts): string {
  const count = (n: number, one: string, many: string) => (n === 0 ? [] : [`${n} ${n === 1 ? one : many}`]);
  return [
    ...count(
      secrets.kind === 'findings' ? secrets.findings.length : 0,
      'possible secret',
      'possible secrets',
    ),
    ...count(dependencies.findings.length, 'vulnerable dependency', 'vulnerable dependencies'),
  ].join(', ');
}
