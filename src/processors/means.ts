import { missingMeans } from '../gates/results.ts';
import type { Project } from '../pipeline/project.ts';
import type { StepResultOf } from './step.ts';

/** No deploy hook where one is needed, with the sentence that names the setting (PIPE-11); null where there is one. */
export const lackingHook = ({ deployHook, repo }: Project): StepResultOf | null =>
  deployHook.script === undefined
    ? {
        outcome: 'cannot-verify',
        reason: `cannot verify: the deploy hook of ${repo}; set deploy_hook.script or ORCH_DEPLOY_HOOK_SCRIPT`,
        evidence: { missing: 'deploy_hook.script' },
      }
    : null;

/**
 * Why a project's production deploy cannot be judged: nothing is said about it, or a hook, or for a verdict of our own
 * the health URL is missing where a served commit is required. Null where everything is there.
 */
export function lackingDeploy(project: Project): StepResultOf | null {
  if (project.deploy === undefined) return missingMeans('the deploy', 'deploy');
  if (project.deploy === 'none') return null;
  if (project.health === undefined)
    return {
      outcome: 'cannot-verify',
      reason: `cannot verify: the health of ${project.service}; set health.url, or declare \`deploy: none\``,
      evidence: { missing: 'health.url' },
    };
  return project.deploy === 'hook' ? lackingHook(project) : null;
}
