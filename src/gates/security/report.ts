import { stringify } from 'yaml';
import type { GateInput } from '../gate.ts';
import { describeAdvisory } from './audit/advisory.ts';
import type { DependencyAudit } from './audit/dependencies.ts';
import { describeSecret, type ScanRange, type SecretScan } from './scan.ts';

/** Everything report 17 is made of. */
export interface SecurityFacts {
  range: ScanRange;
  secrets: SecretScan;
  dependencies: DependencyAudit;
  /** `ORCH_SECURITY_DEP_AUDIT_FAIL_CLOSED`. */
  failClosed: boolean;
}

export const secretsState = (scan: SecretScan): 'PASS' | 'FAIL' | 'ERROR' =>
  scan.kind === 'clean' ? 'PASS' : scan.kind === 'findings' ? 'FAIL' : 'ERROR';

/** FAIL unless both halves are good; a feed that is down is good enough unless the switch says otherwise (SHIP-44). */
export function securityStatus(facts: SecurityFacts): 'PASS' | 'FAIL' {
  const { state } = facts.dependencies;
  const good = state === 'PASS' || state === 'NONE' || (state === 'UNAVAILABLE' && !facts.failClosed);
  return facts.secrets.kind === 'clean' && good ? 'PASS' : 'FAIL';
}

/** Every new finding, one line each, secrets first. */
export const findingLines = ({ secrets, dependencies }: SecurityFacts): string[] => [
  ...(secrets.kind === 'findings'
    ? secrets.findings.map((finding) => `secret: ${describeSecret(finding)}`)
    : []),
  ...dependencies.findings.map((advisory) => `dependency: ${describeAdvisory(advisory)}`),
];

/** Text of `17-security-report.md` (SHIP-45). No secret value is in it. */
export function renderReport(input: GateInput, facts: SecurityFacts, at: number): string {
  const { range, secrets, dependencies } = facts;
  const findings = findingLines(facts);
  const fields = {
    security_status: securityStatus(facts),
    secrets: secretsState(secrets),
    dependencies: dependencies.state,
    findings: findings.length,
    work_item: input.wid,
    attempt: input.attempt,
    scanned_range: `${range.base}..${range.head}`,
    scanned_commits: range.commits.length,
    tools: [secrets.tool, ...dependencies.tools].join(', '),
    timestamp: new Date(at).toISOString(),
  };
  const problems = [
    ...(secrets.kind === 'error' ? [`${secrets.tool}: ${secrets.reason}`] : []),
    ...dependencies.problems,
  ];
  return [
    '---',
    stringify(fields, { lineWidth: 0 }).trimEnd(),
    '---',
    '',
    `# Security report ${input.wid}`,
    ...section('Findings', findings),
    ...section('Preexisting, not charged to this change', dependencies.preexisting.map(describeAdvisory)),
    ...section('Tools that could not be used', problems),
    '',
  ].join('\n');
}

const section = (title: string, lines: readonly string[]): string[] => [
  '',
  `## ${title}`,
  '',
  ...(lines.length > 0 ? lines.map((line) => `- ${line}`) : ['none']),
];
