import type { Command } from 'commander';
import type { CliContext, Flags } from './context.ts';

/** What an action gets: arguments as parsed, its options, and those of every command. */
export interface Call<Options, Args extends unknown[]> {
  args: Args;
  options: Options;
  flags: Flags;
}

/** Given to every file of `commands/`: an action whose work is loaded only when it is asked for. */
export interface Cli {
  /** The number the work resolves with is the exit code; nothing counts as 0. */
  act<Options = Record<string, never>, Args extends unknown[] = []>(
    work: (call: Call<Options, Args>, context: CliContext) => Promise<number | undefined>,
  ): (...args: unknown[]) => Promise<void>;
}

/** The options of every command (REC-144). */
export const withCommon = (command: Command): Command =>
  command
    .option('--json', 'print one JSON value on standard output')
    .option('--data-dir <dir>', 'root of all data (ORCH_DATA_DIR)');

/** Shown below the options of a command. */
export const withExample = (command: Command, ...lines: string[]): Command =>
  command.addHelpText('after', `\nExample:\n${lines.map((line) => `  $ ${line}`).join('\n')}`);

/** Turns work into commander's actions; the exit code goes to `ended`. */
export const createCli = (context: CliContext, ended: (code: number) => void): Cli => ({
  act:
    (work) =>
    async (...given) => {
      const command = given.at(-1) as Command;
      const options = command.optsWithGlobals();
      const { json, dataDir } = options;
      const flags: Flags = {
        json: json !== undefined && json !== false,
        ...(dataDir === undefined ? {} : { dataDir: String(dataDir) }),
      };
      const args = command.processedArgs as never;
      ended((await work({ args, options: options as never, flags }, context)) ?? 0);
    },
});
