import type { Command } from 'commander';
import { wholeOf } from '../arguments.ts';
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
    .description('tasks, decisions, runs, costs, verdicts and audit as JSON lines');
  withExample(withCommon(everything), 'orchestrator export > orchestrator.jsonl').action(
    act(async ({ flags }, context) => (await import('../actions/export.ts')).exportAll(context, flags)),
  );
}
