import { createTask } from '../../src/app/intake.ts';
import type { App } from '../../src/app.ts';
import { until } from '../system/until.ts';

const PERSON = { surface: 'http', id: '1', name: 'Ada', role: 'owner' } as const;

export interface NewTasks {
  count: number;
  /** Part of titles and keys; unique per call. */
  name: string;
  /** Labels lift the human gates, so that nobody has to press anything. */
  lifted: boolean;
  /** Chat of the n-th task; null: the one of the settings. */
  chat?: (n: number) => string;
}

/** Creates tasks through the intake of the product; their ids. */
export async function createTasks(
  { parts }: App,
  { count, name, lifted, chat }: NewTasks,
): Promise<number[]> {
  const { house, config, trackerFor, project, place } = parts;
  const { autoApproveLabel, autoDeployLabel } = config.labels;
  const ids: number[] = [];
  for (let n = 1; n <= count; n += 1) {
    const made = await createTask(
      { house, config, trackerFor, now: place.now },
      {
        project: project('shop'),
        title: `Show the delivery date in the cart, ${name} ${n}`,
        description: 'People want to see when the goods arrive before they pay for them.',
        actor: PERSON,
        chat: chat?.(n) ?? null,
        labels: lifted ? [autoApproveLabel, autoDeployLabel] : [],
        key: `${name}-${n}`,
      },
    );
    if (!made.ok || made.task === null) throw new Error(`task ${n} was refused: ${JSON.stringify(made)}`);
    ids.push(made.task.id);
  }
  return ids;
}

/** A person's yes to the analysis of a task. */
export function approve({ parts }: App, task: number): void {
  parts.house.engine.apply({
    kind: 'command',
    name: 'approve',
    key: `bench:approve:${task}`,
    at: parts.place.now(),
    actor: { surface: 'chat', id: '1001', name: 'Ada', role: 'owner' },
    target: { task },
  });
}

/** Waits until each of these tasks is in a state that `holds`. */
export async function untilAll(
  { parts }: App,
  ids: readonly number[],
  holds: (state: { stage: string; activity: { kind: string } }) => boolean,
): Promise<void> {
  const left = new Set(ids);
  const state = () => JSON.stringify([...left].slice(0, 3).map((id) => parts.house.tasks.get(id)));
  await until(state, () => {
    for (const id of left) {
      const task = parts.house.tasks.get(id);
      if (task === null || !holds(task)) return false;
      left.delete(id);
    }
    return true;
  });
}
