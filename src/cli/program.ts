import { Command } from 'commander';
import { createCli, withCommon } from './command.ts';
import { addBackup } from './commands/backup.ts';
import { addDemo } from './commands/demo.ts';
import { addDoctor } from './commands/doctor.ts';
import { addFreezing } from './commands/freezing.ts';
import { addInit } from './commands/init.ts';
import { addLooking } from './commands/looking.ts';
import { addPairing } from './commands/pairing.ts';
import { addProjectCommand } from './commands/project.ts';
import { addRollback } from './commands/rollback.ts';
import { addStagingCheck } from './commands/staging-check.ts';
import { addStart } from './commands/start.ts';
import { addTask } from './commands/task.ts';
import { addUpkeep } from './commands/upkeep.ts';
import { addVersion } from './commands/version.ts';
import { addWorker } from './commands/worker.ts';
import type { CliContext } from './context.ts';
import { wantsColour, widthOfTerminal } from './output/terminal.ts';

/** Order of the help and of the reference. */
const COMMANDS = [
  addDemo,
  addStart,
  addWorker,
  addDoctor,
  addInit,
  addProjectCommand,
  addTask,
  addLooking,
  addFreezing,
  addRollback,
  addPairing,
  addBackup,
  addUpkeep,
  addStagingCheck,
  addVersion,
];

/** The whole command tree; nothing behind it is loaded. `ended` gets the exit code of the command that ran. */
export function createProgram(context: CliContext, ended: (code: number) => void): Command {
  const { stdout, stderr, env } = context;
  const width = (stream: CliContext['stdout']) => Math.min(widthOfTerminal(stream), 110);
  const program = withCommon(new Command('orchestrator'))
    .description('Self-hosted, chat-first software delivery: from a chat message to verified production.')
    .usage('<command> [options]')
    .enablePositionalOptions()
    .exitOverride()
    .showSuggestionAfterError()
    .configureOutput({
      writeOut: (text) => void stdout.write(text),
      writeErr: (text) => void stderr.write(text),
      // Said once, by `failureOf`.
      outputError: () => undefined,
      getOutHelpWidth: () => width(stdout),
      getErrHelpWidth: () => width(stderr),
      getOutHasColors: () => wantsColour(stdout, env),
      getErrHasColors: () => wantsColour(stderr, env),
    })
    .version(context.version, '-V, --version', 'print the version');
  program.addHelpText('after', '\nHelp on a command: orchestrator help <command>');
  const cli = createCli(context, ended);
  for (const add of COMMANDS) add(program, cli);
  return program;
}
