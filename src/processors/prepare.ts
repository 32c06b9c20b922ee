import { AppError } from '../errors.ts';
import type { Workspace } from '../workspace/workspace.ts';
import { Unreachable } from './outage.ts';
import { passed, step } from './step.ts';
import type { StepInput } from './step-input.ts';

/** `00-business-request.md` (PIPE section 13). */
export const businessRequest = ({ wid, title, description }: StepInput): string =>
  `# ${title.replace(/\s+/g, ' ').trim()}\n\nWork Item ID: ${wid}\n\n## Description\n\n${description.trim()}\n`;

/** Creates the task branch from fresh main with its first document (PIPE-22 step 6); idempotent. */
export const createPrepare = ({ workspace }: { workspace: Workspace }) =>
  step(async ({ input }) => {
    const { wid, prefix, branch } = input;
    const started = await workspace
      .open(input.project)
      .startBranch({ wid, prefix, branch, businessRequest: businessRequest(input) });
    if ('head' in started) {
      const { start, head, baseSha } = started;
      return passed(`branch ${branch}`, { prepared: true, startSha: start, headSha: head, cutFrom: baseSha });
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
