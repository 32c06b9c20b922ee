import type { PingRequest } from '../../bot/pinger.ts';
import { createPlaneStore } from '../../db/plane-store.ts';
import type { Effect } from '../../pipeline/effects.ts';
import type { TaskState } from '../../pipeline/task.ts';
import { labelCommand } from '../../tracker/label-command.ts';
import type { Refusal } from '../../tracker/plane/answers.ts';
import type { ForOthers, Taken } from '../../tracker/plane/take.ts';
import type { Parts } from '../parts.ts';
import { labelSettingsOf } from '../settings.ts';
import { placeOf, tellUnblocked } from './unblocked.ts';

/** Sends a message about a project; the same cause is sent once. */
export type TellProject = (ping: PingRequest) => Promise<unknown>;

/** What hearing Plane means beyond the engine: labels, dependencies, messages (tracker.md sections 10 to 12). */
export interface PlaneFollow {
  /** What the adapter cannot carry out itself. */
  other(result: ForOthers): Promise<void>;
  /** Each human gate is asked about once when it is reached; wakes ask again (PLANE-58). */
  askLabels(): Promise<void>;
  /** The answer to a status that had no effect (PLANE-32), written in its turn. */
  sayIgnored(task: TaskState, refusal: Refusal): void;
  /** Only polling says so: what a webhook brought needs no word (PLANE-67). */
  tellUnblocked(taken: readonly Taken[]): void;
  /** Issues found at a project's first look that nobody has started yet (PLANE-68). */
  foundIn(repo: string): readonly string[];
  forget(repo: string): void;
  /** Why labels had no effect, newest first (REC-141). */
  labelErrors(): readonly LabelError[];
}

/** A human gate that stayed although a label may have lifted it. */
export interface LabelError {
  at: number;
  task: string;
  label: string;
  error: string;
}

const ERRORS_KEPT = 10;
const DOUBT = 'the tracker could not say whether the issue carries this label; the human gate stays';

const foundKey = (repo: string): string => `plane.found.${repo}`;

export function createPlaneFollow(parts: Parts, tell: TellProject): PlaneFollow {
  const { house, config, place, trackerFor } = parts;
  const store = createPlaneStore(house.db);
  const asked = new Set<string>();
  const labelErrors: LabelError[] = [];

  const failed = (error: LabelError): void => {
    labelErrors.unshift(error);
    labelErrors.splice(ERRORS_KEPT);
  };
  const askLabel = async (task: TaskState | null): Promise<void> => {
    if (task === null || task.issueGone) return;
    const { wid } = task;
    const at = place.now();
    const doubt = (label: string) => failed({ at, task: wid, label, error: DOUBT });
    const command = await labelCommand(labelSettingsOf(config), trackerFor(task.repo), { task, at, doubt });
    if (command === null) return;
    const answer = house.engine.apply(command);
    if (!answer.ok && answer.reason !== 'duplicate')
      failed({ at, task: wid, label: command.actor.name, error: answer.message });
  };
  /** The card says what the board says while the two differ (PLANE-26). */
  const redraw = (task: number): void => {
    const at = place.now();
    house.outbox.add({ task, key: `card:${task}:board:${at}`, payload: { kind: 'refresh-card' }, at });
    parts.onCommit.tell();
  };
  const found = async ({ repo, issues }: Extract<ForOthers, { kind: 'issues-found' }>): Promise<void> => {
    store.putValue(foundKey(repo), JSON.stringify(issues.map(({ id }) => id)));
    const params = { project: parts.project(repo).name, n: issues.length };
    const at = place.now();
    const ping = { ping: 'issues-found', sound: 'sound', cause: `issues-found.${at}`, seq: 0 } as const;
    await tell({ ...ping, task: null, repo, params, at });
  };
  return {
    async other(result) {
      if (result.kind === 'wake') {
        if (result.statusName !== null) redraw(result.task);
        await askLabel(house.tasks.get(result.task));
      }
      if (result.kind === 'issues-found') await found(result);
      if (result.kind !== 'blockers') return;
      const { task, blockers } = result;
      house.together(() => house.blockers.replace(task, blockers, place.now()));
      parts.onCommit.tell();
    },
    async askLabels() {
      for (const task of house.tasks.waiting('approval', 'confirm')) {
        const gate = `${task.id}:${task.stage}:${task.attempt}:${task.activity.kind}:${task.testedSha}`;
        if (asked.has(gate)) continue;
        asked.add(gate);
        await askLabel(task);
      }
    },
    sayIgnored({ id, stage, attempt }, { key, statusName: status, reason }) {
      const base = { kind: 'post-comment', comment: 'ignored', author: 'stream' } as const;
      const payload: Effect = { ...base, stage, attempt, params: { status, reason } };
      const dedup = `comment:${id}:${stage}:${attempt}:ignored:${key}`;
      house.outbox.add({ task: id, key: dedup, payload, at: place.now() });
    },
    tellUnblocked(taken) {
      for (const { task, before } of taken) {
        const from = before === null ? 'created' : placeOf(before);
        tellUnblocked(house.outbox, { task: task.id, from, to: placeOf(task), at: place.now() });
      }
      if (taken.length > 0) parts.onCommit.tell();
    },
    foundIn: (repo) => JSON.parse(store.value(foundKey(repo)) ?? '[]') as string[],
    forget: (repo) => store.putValue(foundKey(repo), '[]'),
    labelErrors: () => labelErrors,
  };
}
