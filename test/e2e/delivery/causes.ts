import type { TaskState } from '../../../src/pipeline/task.ts';

/** True while a task waits for a person with this cause. */
export const causeIs =
  (cause: string) =>
  ({ activity }: TaskState): boolean =>
    'cause' in activity && activity.cause === cause;
