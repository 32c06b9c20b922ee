import type { StatusKey } from '../../pipeline/stages.ts';
import type { StateGroup } from './wire.ts';

export interface StatusRule {
  /** Name of the Plane state, unless the project's `state_names` say otherwise. */
  readonly name: string;
  /** Group to choose when the state is created. */
  readonly group: StateGroup;
  /** What stands in for it when the project has no such state; none = the key is missing then. */
  readonly instead?: { readonly key: StatusKey } | { readonly groups: readonly StateGroup[] };
  /** What a person commands by setting it (PLANE-30). */
  readonly command?: ControlKey;
}

/** Statuses a person sets to command the engine; recognised by name only (PLANE-20). */
export const CONTROL_KEYS = ['to_analyse', 'approved', 'rejected', 'confirm_deploy', 'stop'] as const;
export type ControlKey = (typeof CONTROL_KEYS)[number];

const like = (key: StatusKey) => ({ instead: { key } });
const first = (...groups: StateGroup[]) => ({ instead: { groups } });

/** The status model (tracker.md 6.1) as data. */
export const STATUS_RULES: Readonly<Record<StatusKey, StatusRule>> = {
  backlog: { name: 'Backlog', group: 'backlog', ...first('backlog') },
  todo: { name: 'Todo', group: 'unstarted', ...first('unstarted', 'backlog') },
  in_progress: { name: 'In Progress', group: 'started', ...first('started') },
  to_analyse: { name: 'To Analyse', group: 'unstarted', command: 'to_analyse', ...like('in_progress') },
  analysis: { name: 'Analysis', group: 'started', ...like('in_progress') },
  needs_input: { name: 'Needs Input', group: 'started', ...like('todo') },
  in_review: { name: 'In Review', group: 'started', ...like('todo') },
  approved: { name: 'Approved', group: 'started', command: 'approved' },
  rejected: { name: 'Rejected', group: 'started', command: 'rejected' },
  architecture: { name: 'Architecture', group: 'started', ...like('in_progress') },
  development: { name: 'Development', group: 'started', ...like('in_progress') },
  review: { name: 'Review', group: 'started', ...like('in_progress') },
  code_review: { name: 'Code Review', group: 'started', ...like('review') },
  testing: { name: 'Testing', group: 'started', ...like('in_progress') },
  deploy_staging: { name: 'Staging', group: 'started', ...like('testing') },
  awaiting_deploy: { name: 'Awaiting Deploy', group: 'started', ...like('in_review') },
  confirm_deploy: { name: 'Confirm Deploy', group: 'started', command: 'confirm_deploy' },
  deploying: { name: 'Deploying', group: 'started', ...like('in_progress') },
  monitoring: { name: 'Monitoring after Deploy', group: 'started', ...like('done') },
  done: { name: 'Done', group: 'completed', ...first('completed') },
  blocked: { name: 'Blocked', group: 'started', ...like('needs_input') },
  cancelled: { name: 'Cancelled', group: 'cancelled' },
  stop: { name: 'STOP', group: 'started', command: 'stop' },
};
