import { ARTEFACTS, type ArtefactId, workItemDir } from './artefacts.ts';
import type { GateName, Role, Stage } from './stages.ts';

/** What one role must write so that its gate can read it; prompts, brief and gate share it (PIPE-64). */
export interface VerdictContract {
  readonly role: Role;
  readonly stage: Stage;
  readonly gate: GateName;
  readonly artefact: ArtefactId;
  /** The frontmatter key the prompt tells the agent to write. */
  readonly key: string;
  /** Every key of equal rank the gate reads, `key` among them. */
  readonly reads: readonly string[];
  /** The values to choose from; the first one is printed in the sample. */
  readonly tokens: readonly string[];
  /** Whether the file is written in every attempt, or only when there is something to say. */
  readonly always: boolean;
}

const contract = (
  base: Pick<VerdictContract, 'role' | 'stage' | 'gate' | 'artefact' | 'key' | 'tokens'>,
  more: Partial<Pick<VerdictContract, 'reads' | 'always'>> = {},
): VerdictContract => ({ ...base, reads: more.reads ?? [base.key], always: more.always ?? true });

export const CONTRACTS = {
  questions: contract(
    {
      role: 'analyst',
      stage: 'analysis',
      gate: 'check_analysis_complete',
      artefact: '05',
      key: 'questions',
      tokens: ['1'],
    },
    { always: false },
  ),
  conflict: contract(
    {
      role: 'architect',
      stage: 'architecture',
      gate: 'check_architecture_done',
      artefact: '09',
      key: 'conflict',
      tokens: ['true', 'false'],
    },
    { always: false },
  ),
  review: contract({
    role: 'reviewer',
    stage: 'review',
    gate: 'check_reviewer_verdict',
    artefact: '12',
    key: 'verdict',
    tokens: ['APPROVED', 'REQUEST_CHANGES'],
  }),
  tests: contract(
    {
      role: 'tester',
      stage: 'testing',
      gate: 'check_tests_passed',
      artefact: '13',
      key: 'result',
      tokens: ['PASS', 'FAIL'],
    },
    { reads: ['result', 'verdict', 'status'] },
  ),
  staging: contract({
    role: 'deployer',
    stage: 'deploy-staging',
    gate: 'check_staging_status',
    artefact: '15',
    key: 'staging_status',
    tokens: ['SUCCESS', 'FAILED'],
  }),
  deploy: contract({
    role: 'deployer',
    stage: 'deploy',
    gate: 'check_deploy_status',
    artefact: '14',
    key: 'deploy_status',
    tokens: ['SUCCESS', 'FAILED'],
  }),
} as const;

/** The contracts a role works under at a stage; the developer has none. */
export const contractsOf = (role: Role, stage: Stage): VerdictContract[] =>
  Object.values(CONTRACTS).filter((rule) => rule.role === role && rule.stage === stage);

/** What a verdict block is written about. */
export interface SampleFacts {
  wid: string;
  attempt: number;
  /** Full SHA the author examined. */
  commit: string;
  branch: string;
}

/** The facts with which the shipped prompts print their blocks. */
export const EXAMPLE_FACTS: SampleFacts = {
  wid: 'SHOP-014',
  attempt: 1,
  commit: '0123456789abcdef0123456789abcdef01234567',
  branch: 'feature/SHOP-014-show-delivery-date-in-cart',
};

/** Path of the file a contract is about. */
export const contractPath = (rule: VerdictContract, wid: string): string =>
  `${workItemDir(wid)}/${ARTEFACTS[rule.artefact].path}`;

/** The exact verdict block of a contract: frontmatter that its gate accepts as it stands. */
export function sampleVerdict(rule: VerdictContract, facts: SampleFacts, token?: string): string {
  const value = token ?? rule.tokens[0] ?? '';
  const lines = SAMPLE_FIELDS[rule.artefact]?.(facts) ?? [];
  const body = lines.map(([key, text]) => `${key}: ${key === rule.key ? value : text}`);
  return ['---', ...body, '---', ''].join('\n');
}

type Field = readonly [key: string, value: string | number];

const common = (facts: SampleFacts): Field[] => [
  ['version', facts.attempt],
  ['attempt', facts.attempt],
  ['commit', facts.commit],
];

const SAMPLE_FIELDS: Partial<Record<ArtefactId, (facts: SampleFacts) => Field[]>> = {
  '05': (facts) => [
    ['type', 'questions'],
    ['work_item', facts.wid],
    ['attempt', facts.attempt],
    ['questions', ''],
  ],
  '09': (facts) => [
    ['type', 'conflict'],
    ['work_item', facts.wid],
    ['attempt', facts.attempt],
    ['conflict', ''],
  ],
  '12': (facts) => [['type', 'review'], ['work_item', facts.wid], ['verdict', ''], ...common(facts)],
  '13': (facts) => [['type', 'test-report'], ['work_item', facts.wid], ['result', ''], ...common(facts)],
  '14': (facts) => [
    ['deploy_status', ''],
    ['timestamp', '2026-01-01T00:00:00Z'],
    ['work_item', facts.wid],
    ['attempt', facts.attempt],
    ['branch', facts.branch],
    ['commit', facts.commit],
    ['deploy_mode', 'agent'],
  ],
  '15': (facts) => [
    ['staging_status', ''],
    ['timestamp', '2026-01-01T00:00:00Z'],
    ['base_url', 'http://localhost:8501'],
    ['work_item', facts.wid],
    ['attempt', facts.attempt],
    ['branch', facts.branch],
    ['commit', facts.commit],
    ['mode', 'stub'],
    ['checks', '"10/10"'],
    ['waived', '[]'],
    ['exit_code', 0],
  ],
};

/** The text a prompt and a brief print for a role at a stage; empty where the role owes no verdict (AGENT-7). */
export function contractText(role: Role, stage: Stage, facts: SampleFacts): string {
  return contractsOf(role, stage)
    .map((rule) => {
      const when = rule.always ? 'Write' : 'Only when needed, write';
      const values =
        rule.key === 'questions' ? 'the number of questions' : `one of ${rule.tokens.join(', ')}`;
      return `${when} \`${contractPath(rule, facts.wid)}\`. It starts with exactly this block; \`${rule.key}\` is ${values}:\n\n${sampleVerdict(rule, facts)}`;
    })
    .join('\n');
}
