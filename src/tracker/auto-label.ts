import type { Tracker } from './port.ts';

export interface AutoLabelSettings {
  /** `ORCH_AUTO_LABEL_ENABLED`. */
  enabled: boolean;
  /** `ORCH_AUTO_LABEL_REPOS`. */
  inScope: (repo: string) => boolean;
  approveLabel: string;
  deployLabel: string;
}

export interface AutoLabelQuestion {
  tracker: Tracker;
  repo: string;
  issue: string | null;
  gate: 'approve' | 'deploy';
  /** Told of the label when the tracker cannot say whether the issue carries it. */
  doubt?: (label: string) => void;
}

/**
 * The label that lifts this human gate for this issue, or null: the gate stays. Switched off, out of scope or
 * without a label's name no call is made (PLANE-55); any doubt keeps the gate (PLANE-57).
 */
export async function liftingLabel(
  settings: AutoLabelSettings,
  { tracker, repo, issue, gate, doubt }: AutoLabelQuestion,
): Promise<string | null> {
  const label = (gate === 'approve' ? settings.approveLabel : settings.deployLabel).trim();
  if (!settings.enabled || label === '' || issue === null || !settings.inScope(repo)) return null;
  const answer = await tracker.hasLabel(issue, label);
  if (answer === 'unknown') doubt?.(label);
  return answer === 'yes' ? label : null;
}
