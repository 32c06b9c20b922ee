import type { Forge } from '../forge/port.ts';
import { workItemDir } from '../pipeline/artefacts.ts';
import type { Project } from '../pipeline/project.ts';
import { Unreachable } from './outage.ts';
import { passed, step } from './step.ts';
import type { StepInput } from './step-input.ts';

const TITLE_MAX = 255;

/** Title and body of a task's pull request (FORGE-31). */
export const pullRequestText = ({ wid, title }: Pick<StepInput, 'wid' | 'title'>) => ({
  title: `${wid}: ${title}`.slice(0, TITLE_MAX),
  body: `${title}\n\nDocuments: \`${workItemDir(wid)}/\`\n\nWork-Item: ${wid}\n`,
});

/** Opens the pull request right after the developer's push (PIPE-71). Failing is no verdict: the merge ensures it again. */
export const createEnsurePr = ({ forgeFor }: { forgeFor: (project: Project) => Forge }) =>
  step(async ({ input }) => {
    const ensured = await forgeFor(input.project).ensurePr({
      branch: input.branch,
      ...pullRequestText(input),
    });
    if (ensured.kind === 'failed' && ensured.transient) throw new Unreachable(ensured.reason);
    if (ensured.kind === 'failed')
      return passed(`no pull request yet: ${ensured.reason}`, { prProblem: ensured.reason });
    return passed(`pull request #${ensured.pr.number} ${ensured.kind}`, { prNumber: ensured.pr.number });
  });
