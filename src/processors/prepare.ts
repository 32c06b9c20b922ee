import { AppError } from '../errors.ts';
import { spareBranchName } from '../workspace/names.ts';
import type { Workspace } from '../workspace/workspace.ts';
import { Unreachable } from './outage.ts';
import { passed, step } from './step.ts';
import type { StepInput } from './step-input.ts';

/** `00-business-request.md` (PIPE section 13). */
export const businessRequest = ({ wid, title, description }: StepInput): string =>
  `# ${title.replace(/\s+/g, ' ').trim()}\n\nWork Item ID: ${wid}\n\n## Description\n\n${description.trim()}\n`;

/**
 * Creates the task branch from fresh main with its first document (PIPE-22 step 6); idempotent. A branch of that name
 * which is not this task's is left alone, and the name of last resort is used (FORGE-64).
 */
export const createPrepare = ({ workspace }: { workspace: Workspace }) =>
  step(async ({ input }) => {
    const { wid, prefix, project, fallbackId } = input;
    const start = (branch: string) =>
      workspace
        .open(project)
        .startBranch({ wid, prefix, branch, businessRequest: businessRequest(input) })
        .then((started) => ({ ...started, branch }));
    const wanted = await start(input.branch);
    const started = wanted.kind === 'taken' ? await start(spareBranchName(wid, fallbackId)) : wanted;
    const { branch } = started;
    if ('head' in started) {
      const { start: startSha, head: headSha, baseSha: cutFrom } = started;
      return passed(`branch ${branch}`, { prepared: true, branch, startSha, headSha, cutFrom });
    }
    if (started.kind === 'transient') throw new Unreachable(started.reason);
    throw new AppError(
      'branch-not-started',
      `The branch ${branch} could not be created: ${started.reason}.`,
      {
        fault: 'environment',
        hint: 'Check that the forge can be reached and that the bot may push.',
      },
    );
  });
