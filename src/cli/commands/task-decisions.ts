import { type Command, Option } from 'commander';
import { gateOf, timeOf, usdOf, widOf } from '../arguments.ts';
import { type Cli, withCommon, withExample } from '../command.ts';

/** Everything the options and words of a task command may say. */
export interface DecisionOptions {
  sha?: string;
  gate?: string;
  cap?: string;
  usd?: number;
  remove?: boolean;
}

type Words = string | number | readonly string[] | undefined;

/** One task command of PIPE-29 as it is typed. */
interface Decision {
  name: string;
  /** Name in the engine, where it differs. */
  command?: string;
  about: string;
  example: string;
  /** Adds what comes after the work item id. */
  shape?: (command: Command) => Command;
  /** The request's body from those arguments (REC-140). */
  body?: (words: Words[], options: DecisionOptions) => Record<string, unknown>;
  /** Where the person's own words are among the arguments; `-` reads them from standard input. */
  text?: 'needed' | 'may';
}

const sha = (command: Command): Command => command.option('--sha <sha>', 'only if this is the commit shown');

const DECISIONS: readonly Decision[] = [
  { name: 'start', about: 'start the task', example: 'start SHOP-012' },
  {
    name: 'approve',
    about: 'approve the analysis',
    example: 'approve SHOP-012',
    shape: sha,
    body: (_, { sha }) => ({ sha }),
  },
  {
    name: 'reject',
    about: 'send the task a stage back, with the reason',
    example: 'reject SHOP-012 the export must stay',
    text: 'may',
  },
  {
    name: 'answer',
    about: 'answer the analyst’s questions',
    example: 'answer SHOP-012 "1. yes 2. keep both"',
    text: 'needed',
  },
  {
    name: 'relaunch',
    about: 'let the analyst start over with the newest words',
    example: 'relaunch SHOP-012',
  },
  {
    name: 'confirm',
    command: 'confirm-deploy',
    about: 'confirm the deploy to production',
    example: 'confirm SHOP-012',
    shape: sha,
    body: (_, { sha }) => ({ sha }),
  },
  { name: 'retry', about: 'try the blocked step again', example: 'retry SHOP-012' },
  { name: 'fix', about: 'send the findings to the developer', example: 'fix SHOP-012' },
  { name: 'regate', about: 'evaluate the current gate again', example: 'regate SHOP-012' },
  {
    name: 'override',
    about: 'count a refusing gate as passed, with a reason',
    example: 'override SHOP-012 --gate reviewer_verdict the finding is about generated code',
    shape: (command) => command.requiredOption('--gate <gate>', 'name of the gate', gateOf),
    body: (_, { gate }) => ({ gate }),
    text: 'needed',
  },
  {
    name: 'raise-budget',
    about: 'raise a cap of the task',
    example: 'raise-budget SHOP-012 --cap task --usd 5',
    shape: (command) =>
      command
        .addOption(new Option('--cap <cap>', 'which cap').choices(['attempt', 'task', 'day']).default('task'))
        .option('--usd <n>', 'by how much; default: ORCH_BUDGET_RAISE_USD', usdOf),
    body: (_, { cap, usd }) => ({ cap, usd }),
  },
  { name: 'resume-now', about: 'try at once instead of waiting for a limit', example: 'resume-now SHOP-012' },
  {
    name: 'not-before',
    about: 'resume no earlier than this',
    example: 'not-before SHOP-012 2026-03-01T09:00',
    shape: (command) => command.argument('<time>', 'ISO 8601', timeOf),
    body: ([at]) => ({ at }),
  },
  {
    name: 'note',
    about: 'give the next attempt a note',
    example: 'note SHOP-012 keep the old URL working',
    text: 'needed',
  },
  {
    name: 'auto',
    about: 'approve the analysis or confirm the deploy without asking',
    example: 'auto SHOP-012 approve on',
    shape: (command) =>
      command
        .addArgument(command.createArgument('<what>', 'which decision').choices(['approve', 'deploy']))
        .addArgument(command.createArgument('<switch>', 'its value').choices(['on', 'off'])),
    body: ([auto, on]) => ({ auto, on: on === 'on' }),
  },
  {
    name: 'block',
    command: 'depend',
    about: 'let the task wait for another one',
    example: 'block SHOP-012 SHOP-011',
    shape: (command) => command.argument('<other>', 'the task to wait for', widOf),
    body: ([on]) => ({ on }),
  },
  {
    name: 'unblock',
    command: 'depend',
    about: 'no longer wait for another task',
    example: 'unblock SHOP-012 SHOP-011',
    shape: (command) => command.argument('<other>', 'the task it waits for', widOf),
    body: ([on]) => ({ on, remove: true }),
  },
  {
    name: 'depend',
    about: 'add a dependency, or remove it',
    example: 'depend SHOP-012 SHOP-011 --remove',
    shape: (command) => command.argument('<other>', 'the other task', widOf).option('--remove', 'remove it'),
    body: ([on], { remove }) => ({ on, remove: remove === true }),
  },
  { name: 'stop', about: 'stop the task for good', example: 'stop SHOP-012 no longer needed', text: 'may' },
];

/** `task <command> <wid>` for every task command of PIPE-29. */
export function addTaskDecisions(task: Command, { act }: Cli): void {
  for (const decision of DECISIONS) {
    const { name, about, example, shape, text } = decision;
    const command = task.command(name).description(about).argument('<wid>', 'work item id', widOf);
    shape?.(command);
    if (text !== undefined)
      command.argument(text === 'needed' ? '<text...>' : '[text...]', 'your words; - reads standard input');
    if (name === 'confirm') command.alias('confirm-deploy');
    withExample(withCommon(command), `orchestrator task ${example}`).action(
      act<DecisionOptions, [string, ...Words[]]>(
        async ({ args: [wid, ...words], options, flags }, context) => {
          const { decide } = await import('../actions/task-decide.ts');
          const said = text === undefined ? undefined : (words.at(-1) as readonly string[] | undefined);
          const body = decision.body?.(words, options) ?? {};
          return decide(context, flags, { wid, command: decision.command ?? name, body, words: said });
        },
      ),
    );
  }
}
