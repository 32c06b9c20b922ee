/**
 * The stages as data (PIPE-8, PIPE-62). Nothing outside this room asks for a stage by name: rooms read
 * these tables. `docs/reference/stages.md` is rendered from them and compared by a test.
 */
export const STAGES = [
  'created',
  'analysis',
  'architecture',
  'development',
  'review',
  'testing',
  'deploy-staging',
  'deploy',
  'done',
  'cancelled',
] as const;
export type Stage = (typeof STAGES)[number];

/** Stages in which work happens; `created`, `done` and `cancelled` have none. */
export type WorkStage = Exclude<Stage, 'created' | 'done' | 'cancelled'>;

export const ROLES = ['analyst', 'architect', 'developer', 'reviewer', 'tester', 'deployer'] as const;
export type Role = (typeof ROLES)[number];

export const GATES = [
  'check_analysis_complete',
  'check_analysis_approved',
  'check_architecture_done',
  'check_ci_green',
  'check_reviewer_verdict',
  'check_review_approved',
  'check_tests_passed',
  'check_tests_local',
  'check_staging_status',
  'check_security_gate',
  'check_branch_mergeable',
  'check_image_freshness',
  'check_deploy_status',
] as const;
export type GateName = (typeof GATES)[number];

/** Engine steps that are jobs of a stage beside the agent and the gates. */
export type EngineStep = 'prepare' | 'ensure-pr' | 'staging' | 'merge' | 'deploy' | 'finalize-deploy';

/** A step of a stage; `when` names a condition of `plan.ts` that must hold for it to exist. */
export interface StepRule {
  readonly step: 'agent' | EngineStep;
  readonly when?: StepCondition;
}
export type StepCondition =
  | 'unprepared'
  | 'fullTrack'
  | 'stagingByEngine'
  | 'stagingByAgent'
  | 'deployByHook'
  | 'deployByAgent';

/** Causes of Waiting(`blocked`) (PIPE-46). */
export type BlockCause =
  | 'analysis-empty'
  | 'rework-exhausted'
  | 'no-progress'
  | 'no-verdict'
  | 'cannot-verify'
  | 'ci-timeout'
  | 'ci-silent'
  | 'staging-failed'
  | 'deploy-failed'
  | 'dep-cycle'
  | 'agent-failed'
  | 'provider-exhausted'
  | 'analysis-returns'
  | 'project-changed'
  | 'step-faulted'
  | 'restart-loop'
  | 'runaway'
  | 'restored'
  | 'unknown-state';

/** Causes of Waiting(`hold`) (PIPE-46). */
export type HoldCause =
  | 'pr-create-failed'
  | 'merge-refused'
  | 'merge-not-proven'
  | 'tree-mismatch'
  | 'deploy-unknown';

/** Why the task went back to the developer; counted against the rework budget (PIPE-38). */
export type BounceCause = 'ci' | 'review' | 'pr-review' | 'tests' | 'security' | 'merge' | 'image' | 'fix';

/** What a `failed` gate leads to (PIPE-37, PIPE-62). */
export type GateFailure =
  | { do: 'bounce'; cause: BounceCause }
  | { do: 'return'; to: WorkStage }
  | { do: 'block'; cause: BlockCause; at?: WorkStage };

export interface GateRule {
  /** Short name inside job ids: the gate's name without `check_` (PIPE-14). */
  readonly step: string;
  /** What `failed` leads to; null where the gate cannot fail or is wired to no stage. */
  readonly failed: GateFailure | null;
  /** The wait that `pending` means when the gate reports no kind of its own. */
  readonly pending?: 'ci' | 'lease' | 'pr-review';
  /** A person's command passes it; no job evaluates it. */
  readonly human?: 'approval';
  /** Needs this project switch to be part of its stage. */
  readonly when?: 'requirePrReview';
  /**
   * What judging it takes: `git` alone, which any host has; or `control`, where the database, the leases, the tokens of
   * the forge, staging and the image daemon are (REC-10).
   */
  readonly needs: 'git' | 'control';
  /** May be passed by `override` (PIPE-29). */
  readonly overridable: boolean;
  /** The engine writes the file it reads, so an unusable file is `cannot-verify` (PIPE-42). */
  readonly engineAuthored?: boolean;
}

const gate = (name: GateName, rule: Omit<GateRule, 'step' | 'needs'> & Partial<GateRule>): GateRule => ({
  step: name.slice('check_'.length),
  needs: 'control',
  ...rule,
});
const bounce = (cause: BounceCause): GateFailure => ({ do: 'bounce', cause });

export const GATE_RULES: Readonly<Record<GateName, GateRule>> = {
  check_analysis_complete: gate('check_analysis_complete', {
    needs: 'git',
    failed: { do: 'block', cause: 'analysis-empty' },
    overridable: true,
  }),
  check_analysis_approved: gate('check_analysis_approved', {
    failed: null,
    human: 'approval',
    overridable: false,
  }),
  check_architecture_done: gate('check_architecture_done', {
    needs: 'git',
    failed: { do: 'return', to: 'analysis' },
    overridable: true,
  }),
  check_ci_green: gate('check_ci_green', { failed: bounce('ci'), pending: 'ci', overridable: true }),
  check_reviewer_verdict: gate('check_reviewer_verdict', {
    needs: 'git',
    failed: bounce('review'),
    overridable: true,
  }),
  check_review_approved: gate('check_review_approved', {
    failed: bounce('pr-review'),
    pending: 'pr-review',
    when: 'requirePrReview',
    overridable: true,
  }),
  check_tests_passed: gate('check_tests_passed', {
    needs: 'git',
    failed: bounce('tests'),
    overridable: true,
  }),
  check_tests_local: gate('check_tests_local', { needs: 'git', failed: null, overridable: true }),
  check_staging_status: gate('check_staging_status', {
    failed: { do: 'block', cause: 'staging-failed', at: 'development' },
    overridable: true,
  }),
  check_security_gate: gate('check_security_gate', {
    needs: 'git',
    failed: bounce('security'),
    overridable: false,
    engineAuthored: true,
  }),
  check_branch_mergeable: gate('check_branch_mergeable', {
    failed: bounce('merge'),
    pending: 'lease',
    overridable: false,
  }),
  check_image_freshness: gate('check_image_freshness', { failed: bounce('image'), overridable: true }),
  check_deploy_status: gate('check_deploy_status', {
    failed: { do: 'block', cause: 'deploy-failed', at: 'development' },
    overridable: false,
  }),
};

export interface StageRule {
  readonly role: Role;
  readonly next: WorkStage | 'done';
  /** Where a human reject sends the task (PIPE-31). */
  readonly previous: WorkStage;
  /** Steps in order; the gates follow them. `agent` runs the role. */
  readonly steps: readonly StepRule[];
  readonly gates: readonly GateName[];
  /** A person must confirm before the steps run (PIPE-49). */
  readonly entry?: 'confirm';
  /** Gates of the stage before that run again when a confirmation has become stale (SHIP-84). */
  readonly reverify?: readonly GateName[];
  /** Field of the project that says how the stage's work is done; with `none` a stage of conditional steps is empty. */
  readonly means?: 'staging' | 'deploy';
  /** The person's own clock that follows the stage (CARD-9). */
  readonly clock?: 'review' | 'confirm';
  /** Status key shown on the tracker while the stage works. */
  readonly status: StatusKey;
}

/** Logical names of tracker states (`tracker.md` 6.1). */
export const STATUS_KEYS = [
  'backlog',
  'todo',
  'in_progress',
  'to_analyse',
  'analysis',
  'needs_input',
  'in_review',
  'approved',
  'rejected',
  'architecture',
  'development',
  'review',
  'code_review',
  'testing',
  'deploy_staging',
  'awaiting_deploy',
  'confirm_deploy',
  'deploying',
  'monitoring',
  'done',
  'blocked',
  'cancelled',
  'stop',
] as const;
export type StatusKey = (typeof STATUS_KEYS)[number];

export const STAGE_RULES: Readonly<Record<WorkStage, StageRule>> = {
  analysis: {
    role: 'analyst',
    next: 'architecture',
    previous: 'analysis',
    steps: [{ step: 'prepare', when: 'unprepared' }, { step: 'agent' }],
    gates: ['check_analysis_complete', 'check_analysis_approved'],
    clock: 'review',
    status: 'analysis',
  },
  architecture: {
    role: 'architect',
    next: 'development',
    previous: 'analysis',
    steps: [{ step: 'agent', when: 'fullTrack' }],
    gates: ['check_architecture_done'],
    status: 'architecture',
  },
  development: {
    role: 'developer',
    next: 'review',
    previous: 'architecture',
    steps: [{ step: 'agent' }, { step: 'ensure-pr' }],
    gates: ['check_ci_green'],
    status: 'development',
  },
  review: {
    role: 'reviewer',
    next: 'testing',
    previous: 'development',
    steps: [{ step: 'agent' }],
    gates: ['check_reviewer_verdict', 'check_review_approved'],
    status: 'code_review',
  },
  testing: {
    role: 'tester',
    next: 'deploy-staging',
    previous: 'review',
    steps: [{ step: 'agent' }],
    gates: ['check_tests_passed'],
    status: 'testing',
  },
  'deploy-staging': {
    role: 'deployer',
    next: 'deploy',
    previous: 'testing',
    steps: [
      { step: 'staging', when: 'stagingByEngine' },
      { step: 'agent', when: 'stagingByAgent' },
    ],
    gates: ['check_staging_status', 'check_security_gate', 'check_branch_mergeable', 'check_image_freshness'],
    means: 'staging',
    clock: 'confirm',
    status: 'deploy_staging',
  },
  deploy: {
    role: 'deployer',
    next: 'done',
    previous: 'deploy-staging',
    steps: [
      { step: 'merge' },
      { step: 'deploy', when: 'deployByHook' },
      { step: 'agent', when: 'deployByAgent' },
      { step: 'finalize-deploy' },
    ],
    gates: ['check_deploy_status'],
    entry: 'confirm',
    means: 'deploy',
    reverify: ['check_branch_mergeable', 'check_image_freshness'],
    status: 'deploying',
  },
};

/** `done` and `cancelled`: the one terminal predicate (PIPE-54). */
export const isTerminal = (stage: Stage): stage is 'done' | 'cancelled' =>
  stage === 'done' || stage === 'cancelled';

/** Ended with the change delivered. */
export const isDelivered = (stage: Stage): boolean => stage === 'done';

/** Ended by a person before it was delivered. */
export const isStopped = (stage: Stage): boolean => stage === 'cancelled';

/** True for a stage in which work happens. */
export const isWorkStage = (stage: Stage): stage is WorkStage => stage in STAGE_RULES;

/** Position in the order of PIPE-3.3; `cancelled` comes last. */
export const stageIndex = (stage: Stage): number => STAGES.indexOf(stage);

/** The stage whose refusing gate sends the task back to `stage` without counting against the rework budget (PIPE-62). */
export const returnsTo = (stage: Stage): WorkStage | undefined =>
  STAGES.filter(isWorkStage).find((from) =>
    STAGE_RULES[from].gates.some((name) => {
      const { failed } = GATE_RULES[name];
      return failed?.do === 'return' && failed.to === stage;
    }),
  );

/** Where a refusal sends the work to be repaired (PIPE-37). */
export const REWORK_STAGE: WorkStage = 'development';

/** Where what was tested is merged and deployed; commits about it carry its name. */
export const DELIVERY_STAGE: WorkStage = 'deploy';
