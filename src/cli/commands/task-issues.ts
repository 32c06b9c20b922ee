import type { Command } from 'commander';
import { widOf } from '../arguments.ts';
import { type Cli, withCommon, withExample } from '../command.ts';

/** `task comment|label|export`: the local tracker (TRK-18). */
export function addTaskIssues(task: Command, { act }: Cli): void {
  const actions = () => import('../actions/task-issues.ts');
  const comment = task
    .command('comment')
    .description('comment on the issue of a task; - reads it from standard input')
    .argument('<wid>', 'work item id', widOf)
    .argument('[words...]', 'the comment');
  withExample(withCommon(comment), 'orchestrator task comment SHOP-012 "Agreed with the shop."').action(
    act<object, [string, string[] | undefined]>(async ({ args: [wid, words], flags }, context) =>
      (await actions()).comment(context, flags, { wid, words }),
    ),
  );
  const label = task
    .command('label')
    .description('put a label on the issue of a task, or take it off')
    .argument('<wid>', 'work item id', widOf)
    .argument('<name>', 'label')
    .option('--remove', 'take it off');
  withExample(withCommon(label), 'orchestrator task label SHOP-012 urgent').action(
    act<{ remove?: boolean }, [string, string]>(async ({ args: [wid, name], options, flags }, context) =>
      (await actions()).label(context, flags, { wid, name, remove: options.remove === true }),
    ),
  );
  const everything = task
    .command('export')
    .description('all issues of the local tracker with their comments, as JSON')
    .option('--project <repo>', 'repository or prefix');
  withExample(withCommon(everything), 'orchestrator task export > issues.json').action(
    act<{ project?: string }>(async ({ options, flags }, context) =>
      (await actions()).exportIssues(context, flags, options.project),
    ),
  );
}
