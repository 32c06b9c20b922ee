import type { Issue } from '../port.ts';
import { htmlToText } from './html-text.ts';

/** Plane's answers as we read them: leniently, because servers differ in form (PLANE-5). */
export type Row = Readonly<Record<string, unknown>>;

export const isRow = (value: unknown): value is Row =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Null, `""` and `"None"` mean absent, in every field (PLANE-5). */
export const present = (value: unknown): unknown =>
  value === null || value === '' || value === 'None' ? undefined : value;

export function textOf(value: unknown): string | undefined {
  const found = present(value);
  return typeof found === 'string' ? found : undefined;
}

/** An id, given as itself or as an object that has one. */
export function idOf(value: unknown): string | undefined {
  return isRow(value) ? (textOf(value.issue_id) ?? textOf(value.id)) : textOf(value);
}

export function instantOf(value: unknown): number | undefined {
  const at = Date.parse(textOf(value) ?? '');
  return Number.isFinite(at) ? at : undefined;
}

/** A Plane work item. */
export interface PlaneIssue {
  id: string;
  title: string;
  description: string;
  /** State id; null when the answer has none. */
  state: string | null;
  seq: number | null;
  labels: readonly string[];
  priority: Issue['priority'];
  /** Epoch ms, Plane's clock; 0 when unknown. */
  updatedAt: number;
  archived: boolean;
  updatedBy: string | null;
  /** Created by us (PLANE-6). */
  ours: boolean;
}

const PRIORITIES: readonly Issue['priority'][] = ['none', 'low', 'medium', 'high', 'urgent'];

/** Null when it is no work item: it must have an id. */
export function toPlaneIssue(value: unknown): PlaneIssue | null {
  if (!isRow(value)) return null;
  const id = textOf(value.id);
  if (id === undefined) return null;
  const stripped = textOf(value.description_stripped);
  const seq = Number(present(value.sequence_id));
  return {
    id,
    title: textOf(value.name)?.trim() ?? '',
    description: stripped?.trim() ? stripped.trim() : htmlToText(textOf(value.description_html) ?? ''),
    state: idOf(value.state) ?? null,
    seq: Number.isInteger(seq) && seq > 0 ? seq : null,
    labels: Array.isArray(value.labels) ? value.labels.flatMap((label) => idOf(label) ?? []) : [],
    priority: PRIORITIES.find((known) => known === value.priority) ?? 'none',
    updatedAt: instantOf(value.updated_at) ?? 0,
    archived: present(value.archived_at) !== undefined,
    updatedBy: idOf(value.updated_by) ?? null,
    ours: value.external_source === 'orchestrator',
  };
}

export type StateGroup = NonNullable<Issue['statusGroup']>;
const GROUPS: readonly StateGroup[] = ['backlog', 'unstarted', 'started', 'completed', 'cancelled'];

export interface PlaneState {
  id: string;
  name: string;
  /** Null for a group we do not know (`triage`). */
  group: StateGroup | null;
  sequence: number;
}

export function toPlaneState(value: unknown): PlaneState | null {
  if (!isRow(value)) return null;
  const [id, name] = [textOf(value.id), textOf(value.name)];
  if (id === undefined || name === undefined) return null;
  const sequence = Number(value.sequence);
  return {
    id,
    name,
    group: GROUPS.find((known) => known === value.group) ?? null,
    sequence: Number.isFinite(sequence) ? sequence : Number.MAX_SAFE_INTEGER,
  };
}

export interface PlaneLabel {
  id: string;
  name: string;
}

export function toPlaneLabel(value: unknown): PlaneLabel | null {
  if (!isRow(value)) return null;
  const [id, name] = [textOf(value.id), textOf(value.name)];
  return id === undefined || name === undefined ? null : { id, name };
}

export interface PlaneComment {
  id: string;
  text: string;
  actor: string;
  createdAt: number;
  /** It carries our external source (PLANE-46). */
  ours: boolean;
}

export function toPlaneComment(value: unknown): PlaneComment | null {
  if (!isRow(value)) return null;
  const id = textOf(value.id);
  if (id === undefined) return null;
  const html = textOf(value.comment_html);
  return {
    id,
    text: html === undefined ? (textOf(value.comment_stripped) ?? '').trim() : htmlToText(html),
    actor: idOf(value.actor) ?? '',
    createdAt: instantOf(value.created_at) ?? 0,
    ours: value.external_source === 'orchestrator',
  };
}
