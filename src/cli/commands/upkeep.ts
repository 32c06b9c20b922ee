import type { Command } from 'commander';
import { wholeOf, widOf } from '../arguments.ts';
import { type Cli, withCommon, withExample } from '../command.ts';

/** `drain` and `export` (REC-152, REC-164). */
export function addUpkeep(root: Command, { act }: Cli): void {
  const drain = root
    .command('drain')
    .description('start no agent runs any more and wait for those under way')
    .option(
      '--timeout <seconds>',
      'wait at most this long; without it there is no limit',
      wholeOf(0, 86_400),
    );
  withExample(withCommon(drain), 'orchestrator drain --timeout 1800').action(
    act<{ timeout?: number }>(async ({ options, flags }, context) =>
      (await import('../actions/drain.ts')).drain(context, flags, options),
    ),
  );
  const everything = root
    .command('export')
    .description('everything as JSON lines, or the whole history of one task as an archive')
    .argument(
      '[wid]',
      'work item id; without it tasks, decisions, runs, costs, verdicts and audit of all',
      widOf,
    )
    .option('--out <file>', 'the archive; default: <wid>.tar.gz here');
  withExample(withCommon(everything), 'orchestrator export SHOP-012 --out shop-012.tar.gz').action(
    act<{ out?: string }, [string | undefined]>(async ({ args: [wid], options, flags }, context) => {
      if (wid === undefined) return (await import('../actions/export.ts')).exportAll(context, flags);
      return (await import('../actions/export-task.ts')).exportTask(context, flags, { wid, ...options });
    }),
  );
}
