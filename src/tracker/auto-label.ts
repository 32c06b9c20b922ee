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
}

/**
 * The label that lifts this human gate for this issue, or null: the gate stays. Switched off, out of scope or
 * without a label's name no call is made (PLANE-55); any doubt keeps the gate (PLANE-57).
 */
export async function liftingLabel(
  settings: AutoLabelSettings,
  { tracker, repo, issue, gate }: AutoLabelQuestion,
): Promise<string | null> {
  const label = (gate === 'approve' ? settings.approveLabel : settings.deployLabel).trim();
  if (!settings.enabled || label === '' || issue === null || !settings.inScope(repo)) return null;
  return (await tracker.hasLabel(issue, label)) === 'yes' ? label : null;
}
