import type { CommandEvent } from '../pipeline/events.ts';
import type { TaskState } from '../pipeline/task.ts';
import { shownSha } from '../pipeline/transition.ts';
import { type AutoLabelSettings, liftingLabel } from './auto-label.ts';
import type { Tracker } from './port.ts';

/**
 * The command that a label on the task's issue gives now, or null: the human gate stays (PLANE-58). Asked when
 * a task begins to wait for an approval or a deploy confirmation, and again when its issue has changed.
 */
export async function labelCommand(
  settings: AutoLabelSettings,
  tracker: Tracker,
  { task, at, doubt }: { task: TaskState; at: number; doubt?: (label: string) => void },
): Promise<CommandEvent | null> {
  const { kind } = task.activity;
  if (kind !== 'approval' && kind !== 'confirm') return null;
  const gate = kind === 'approval' ? 'approve' : 'deploy';
  const label = await liftingLabel(settings, {
    ...{ tracker, repo: task.repo, issue: task.issueId, gate },
    ...(doubt ? { doubt } : {}),
  });
  if (label === null) return null;
  const { id, stage, attempt } = task;
  const sha = shownSha(task);
  const name = kind === 'approval' ? 'approve' : 'confirm-deploy';
  return {
    kind: 'command',
    name,
    // The gate may have been passed or moved on while we asked: then this is stale or a duplicate.
    key: `label:${id}:${stage}:${attempt}:${name}:${sha ?? ''}`,
    target: { task: id, stage, attempt, ...(sha === null ? {} : { sha }) },
    actor: { surface: 'label', id: `label:${label}`, name: label, role: 'owner' },
    at,
  };
}
