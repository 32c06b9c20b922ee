import { type Command, Option } from 'commander';
import { type Cli, withExample } from '../command.ts';

/** Options of `staging-check` (`delivery.md` 3.1). */
export interface StagingCheckFlags {
  baseUrl: string;
  mode: 'stub' | 'full-real';
  strict?: boolean;
  expectSha?: string;
  /** True for standard output, else a file. */
  json?: boolean | string;
  tokenFile?: string;
}

/** `staging-check` (SHIP-30 to SHIP-37). */
export function addStagingCheck(root: Command, { act }: Cli): void {
  const command = root
    .command('staging-check')
    .description('check a live staging server as its client')
    .option('--base-url <url>', 'the server to check', 'http://localhost:8501')
    .addOption(new Option('--mode <mode>', 'how far to go').choices(['stub', 'full-real']).default('stub'))
    .option('--strict', 'every check counts, waivable ones too')
    .option('--expect-sha <sha>', 'commit the server must report')
    .option('--token-file <file>', 'file with the admin token of that server')
    .option('--json [file]', 'print the report as JSON on standard output, or write it to a file')
    .option('--data-dir <dir>', 'accepted like everywhere; nothing is read from it');
  withExample(command, 'orchestrator staging-check --base-url http://localhost:8501 --strict').action(
    act<StagingCheckFlags>(async ({ options }, context) => {
      const { stagingCheck } = await import('../actions/staging-check.ts');
      return stagingCheck(context, options);
    }),
  );
}
