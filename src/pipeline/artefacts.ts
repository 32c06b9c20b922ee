import type { Role, Stage } from './stages.ts';

/** Who writes a file: a role, or the engine itself. */
export type ArtefactAuthor = Role | 'engine';

export interface Artefact {
  /** Path below the work item's directory; `*` stands for any part of one name. */
  readonly path: string;
  readonly author: ArtefactAuthor;
  readonly stage: Stage;
  readonly optional: boolean;
  /** Frontmatter keys of its machine part, in the order in which the engine writes them. */
  readonly keys: readonly string[];
}

const artefact = (
  path: string,
  author: ArtefactAuthor,
  stage: Stage,
  more: { optional?: boolean; keys?: readonly string[] } = {},
): Artefact => ({ path, author, stage, optional: more.optional ?? false, keys: more.keys ?? [] });

/** Every file of a work item, 00 to 17 (pipeline.md section 13). Prompts, gates, links and scopes read this. */
export const ARTEFACTS = {
  '00': artefact('00-business-request.md', 'engine', 'created'),
  '01': artefact('01-brd.md', 'analyst', 'analysis'),
  '02': artefact('02-trz.md', 'analyst', 'analysis'),
  '03': artefact('03-acceptance-criteria.md', 'analyst', 'analysis'),
  '04': artefact('04-test-plan.yaml', 'analyst', 'analysis', { keys: ['work_item', 'title', 'tests'] }),
  '04b': artefact('04b-ui-test-cases.md', 'analyst', 'analysis', { optional: true }),
  '05': artefact('05-questions.md', 'analyst', 'analysis', {
    optional: true,
    keys: ['type', 'work_item', 'attempt', 'questions'],
  }),
  '06': artefact('06-adr/ADR-*.md', 'architect', 'architecture'),
  '07': artefact('07-infra-requirements.md', 'architect', 'architecture', { optional: true }),
  '08': artefact('08-data-requirements.md', 'architect', 'architecture', { optional: true }),
  '09': artefact('09-conflict.md', 'architect', 'architecture', {
    optional: true,
    keys: ['type', 'work_item', 'attempt', 'conflict'],
  }),
  '10': artefact('10-tech-risks.md', 'architect', 'architecture'),
  '11': artefact('11-dev-notes.md', 'developer', 'development', { optional: true }),
  '12': artefact('12-review.md', 'reviewer', 'review', {
    keys: ['type', 'work_item', 'verdict', 'version', 'attempt', 'commit'],
  }),
  '13': artefact('13-test-report.md', 'tester', 'testing', {
    keys: ['type', 'work_item', 'result', 'version', 'attempt', 'commit'],
  }),
  '14': artefact('14-deploy-log.md', 'engine', 'deploy', {
    keys: [
      'deploy_status',
      'timestamp',
      'work_item',
      'attempt',
      'branch',
      'commit',
      'landed_commit',
      'landed_tree',
      'served_commit',
      'target_service',
      'target_port',
      'deploy_mode',
      'prod_container_restarted',
      'hook_exit_code',
      'rolled_back',
      'rollback_safe',
      'confirmed_by',
      'deploy_id',
    ],
  }),
  '15': artefact('15-staging-log.md', 'deployer', 'deploy-staging', {
    keys: [
      'staging_status',
      'timestamp',
      'base_url',
      'work_item',
      'attempt',
      'branch',
      'commit',
      'mode',
      'checks',
      'waived',
      'exit_code',
    ],
  }),
  '16': artefact('16-post-deploy-log.md', 'engine', 'done', {
    keys: [
      'post_deploy_status',
      'work_item',
      'commit',
      'window_s',
      'checks_total',
      'checks_failed',
      'five_xx_ratio',
      'observed',
      'action',
      'rollback_exit_code',
      'started',
      'ended',
    ],
  }),
  '17': artefact('17-security-report.md', 'engine', 'deploy-staging', {
    keys: [
      'security_status',
      'secrets',
      'dependencies',
      'findings',
      'work_item',
      'attempt',
      'scanned_range',
      'scanned_commits',
      'tools',
      'timestamp',
    ],
  }),
} as const satisfies Record<string, Artefact>;

export type ArtefactId = keyof typeof ARTEFACTS;

/** Directory of a work item inside the repository, without a trailing slash. */
export const workItemDir = (wid: string): string => `docs/work-items/${wid}`;

/** Repository path of an artefact; for 06 it still holds the `*`. */
export const artefactPath = (wid: string, id: ArtefactId): string =>
  `${workItemDir(wid)}/${ARTEFACTS[id].path}`;
