import { type Command, Option } from 'commander';
import { collect, wholeOf, widOf } from '../arguments.ts';
import { type Cli, withCommon, withExample } from '../command.ts';
import { addTaskDecisions } from './task-decisions.ts';
import { addTaskIssues } from './task-issues.ts';

export interface NewTaskOptions {
  project?: string;
  title: string;
  description?: string;
  label?: string[];
  blockedBy?: string[];
  start: boolean;
}

export interface ListOptions {
  filter: 'open' | 'waiting' | 'running' | 'blocked' | 'done' | 'all';
  project?: string;
  limit: number;
  offset: number;
}

/** `task …`: the local tracker (TRK-12, TRK-18) and every task command of PIPE-29. */
export function addTask(root: Command, cli: Cli): void {
  const task = withCommon(root.command('task').description('create, read and steer tasks'));
  addNew(task, cli);
  addList(task, cli);
  addShow(task, cli);
  addLog(task, cli);
  addPostMortem(task, cli);
  addTaskDecisions(task, cli);
  addTaskIssues(task, cli);
}

function addNew(task: Command, { act }: Cli): void {
  const command = task
    .command('new')
    .description('create a task; its description may come on standard input')
    .option('--project <repo>', 'repository or prefix; not needed when there is one project')
    .requiredOption('--title <text>', 'what is to be done, in one line')
    .option('--description <text>', 'what and why')
    .option('--label <name>', 'label, such as autoApprove; may be repeated', collect)
    .option(
      '--blocked-by <wid>',
      'a task that has to be done first; may be repeated',
      (text: string, before?: string[]) => collect(widOf(text), before),
    )
    .option('--no-start', 'create the issue only');
  withExample(
    withCommon(command),
    'orchestrator task new --project shop --title "Add a sitemap" < request.md',
  ).action(
    act<NewTaskOptions>(async ({ options, flags }, context) =>
      (await import('../actions/task-new.ts')).createTask(context, flags, options),
    ),
  );
}

function addList(task: Command, { act }: Cli): void {
  const filters = ['open', 'waiting', 'running', 'blocked', 'done', 'all'];
  const command = task
    .command('list')
    .description('list tasks, newest first')
    .addOption(new Option('--filter <which>', 'which tasks').choices(filters).default('open'))
    .option('--project <repo>', 'repository or prefix')
    .option('--limit <n>', 'at most this many', wholeOf(1, 500), 50)
    .option('--offset <n>', 'leave out this many', wholeOf(0, 1_000_000), 0);
  withExample(withCommon(command), 'orchestrator task list --filter waiting').action(
    act<ListOptions>(async ({ options, flags }, context) =>
      (await import('../actions/task-read.ts')).listTasks(context, flags, options),
    ),
  );
}

function addShow(task: Command, { act }: Cli): void {
  const command = task
    .command('show')
    .description('one task: where it stands, its gates and its history')
    .argument('<wid>', 'work item id', widOf);
  withExample(withCommon(command), 'orchestrator task show SHOP-012').action(
    act<object, [string]>(async ({ args: [wid], flags }, context) =>
      (await import('../actions/task-read.ts')).showTask(context, flags, wid),
    ),
  );
}

function addLog(task: Command, { act }: Cli): void {
  const command = task
    .command('log')
    .description('the log of a run of a task, the newest by default')
    .argument('<wid>', 'work item id', widOf)
    .option('--stage <stage>', 'stage the run belongs to')
    .option('--lines <n>', 'last lines', wholeOf(1, 10_000), 200);
  withExample(withCommon(command), 'orchestrator task log SHOP-012 --stage development --lines 50').action(
    act<{ stage?: string; lines: number }, [string]>(async ({ args: [wid], options, flags }, context) => {
      const { showLog } = await import('../actions/task-read.ts');
      const { stage, lines } = options;
      return showLog(context, flags, { wid, lines, ...(stage === undefined ? {} : { stage }) });
    }),
  );
}

function addPostMortem(task: Command, { act }: Cli): void {
  const command = task
    .command('post-mortem')
    .description('what a task has to teach: times, refusals, costs, decisions, deploys')
    .argument('<wid>', 'work item id', widOf);
  withExample(withCommon(command), 'orchestrator task post-mortem SHOP-012 > shop-012.md').action(
    act<object, [string]>(async ({ args: [wid], flags }, context) =>
      (await import('../actions/export-task.ts')).showPostMortem(context, flags, wid),
    ),
  );
}
