import type { ChatRole } from '../pipeline/events.ts';
import type { Binding } from './chat-store.ts';

/** Actions behind buttons; what each does is in `taps.ts`. */
export const ACTIONS = {
  approve: 'operator',
  reject: 'operator',
  answer: 'operator',
  retry: 'operator',
  fix: 'operator',
  regate: 'operator',
  stop: 'operator',
  log: 'operator',
  why: 'viewer',
  'resume-now': 'operator',
  'not-before': 'operator',
  confirm: 'owner',
  override: 'owner',
  rollback: 'owner',
  revert: 'owner',
  unfreeze: 'owner',
  resume: 'operator',
  pause: 'operator',
  'raise-budget': 'owner',
  'remove-user': 'owner',
  'reject-with': 'operator',
  note: 'operator',
  yes: 'viewer',
  no: 'viewer',
  create: 'operator',
  edit: 'operator',
  drop: 'operator',
  project: 'operator',
  page: 'viewer',
  'pick-task': 'viewer',
  'run-now': 'viewer',
  queue: 'viewer',
  'needs-you': 'viewer',
  new: 'operator',
  'post-mortem': 'viewer',
  'full-log': 'viewer',
  'report-here': 'owner',
  'start-found': 'operator',
} as const satisfies Readonly<Record<string, ChatRole>>;
export type Action = keyof typeof ACTIONS;

/** A button before it has a nonce: an action with what it is bound to, or a link. */
export type ButtonSpec =
  | { text: string; action: Action; payload?: string; user?: number; bind?: Partial<Binding> }
  /** `app`: opens inside the chat as a Mini App, which private chats alone can. */
  | { text: string; url: string; app?: boolean };

export type ButtonRows = readonly (readonly ButtonSpec[])[];

export const NO_BINDING: Binding = { task: null, stage: null, attempt: null, sha: null };
