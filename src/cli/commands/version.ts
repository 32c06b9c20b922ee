import type { Command } from 'commander';
import { type Cli, withCommon, withExample } from '../command.ts';

/** `version`. */
export function addVersion(root: Command, { act }: Cli): void {
  const command = root.command('version').description('print version and commit');
  withExample(withCommon(command), 'orchestrator version --json').action(
    act(async ({ flags }, context) => {
      const { version, commit } = context;
      const { createPrinter } = await import('../output/printer.ts');
      const printer = createPrinter(context);
      if (flags.json) printer.json({ version, commit, node: process.versions.node });
      else printer.lines([`orchestrator ${version}${commit === null ? '' : ` (${commit.slice(0, 7)})`}`]);
      return 0;
    }),
  );
}
