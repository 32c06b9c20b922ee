import type { Forge } from '../forge/port.ts';
import type { Project } from '../pipeline/project.ts';
import { Unreachable } from './outage.ts';
import { pullRequestText } from './pull-request-text.ts';
import { passed, step } from './step.ts';

/** Opens the pull request right after the developer's push (PIPE-71). Failing is no verdict: the merge ensures it again. */
export const createEnsurePr = ({ forgeFor }: { forgeFor: (project: Project) => Forge }) =>
  step(async ({ input }) => {
    const forge = forgeFor(input.project);
    const ensured = await forge.ensurePr({ branch: input.branch, ...pullRequestText(input, forge.links) });
    if (ensured.kind === 'failed' && ensured.transient) throw new Unreachable(ensured.reason);
    if (ensured.kind === 'failed')
      return passed(`no pull request yet: ${ensured.reason}`, { prProblem: ensured.reason });
    return passed(`pull request #${ensured.pr.number} ${ensured.kind}`, { prNumber: ensured.pr.number });
  });
