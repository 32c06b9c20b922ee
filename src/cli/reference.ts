import { PassThrough } from 'node:stream';
import type { Argument, Command, Option } from 'commander';
import type { CliContext } from './context.ts';
import { createProgram } from './program.ts';

const HEAD = `# Command line

\`orchestrator <command>\`; from a clone \`npm run orchestrator -- <command>\`. Data go to standard output, words for people and logs
to standard error. Exit codes: 0 done, 1 failed, 2 usage error, 78 invalid configuration. An error is one line: what was expected, what
was found, what to do; \`ORCH_LOG_LEVEL=debug\` adds the details of a bug.

Commands that change a running system talk to its control process over \`<data>/control.sock\`, so none needs a token. Commands that only
read fall back to the database, read-only, and say so.

Every command takes \`--json\` (one JSON value on standard output) and \`--data-dir <dir>\`.
`;

const COMMON = new Set(['--json', '--data-dir']);

/** The reference of all commands in the order of the help, from the command tree. */
export function renderCliReference(): string {
  const program = createProgram(nobody(), () => undefined);
  return `${[HEAD, ...program.commands.flatMap((command) => sections(command, ''))].join('\n')}`;
}

/** The tree is only looked at; nothing of the process reaches it. */
function nobody(): CliContext {
  const nothing = new PassThrough();
  const signals = { on: () => undefined, off: () => undefined, exit: () => undefined };
  const place = { cwd: '/', home: '/', host: '', version: '', commit: null, isTerminal: false };
  return { ...place, env: {}, argv: [], stdout: nothing, stderr: nothing, stdin: nothing, signals };
}

function sections(command: Command, parent: string): string[] {
  const name = `${parent}${command.name()}`;
  const children = command.commands.flatMap((child) => sections(child, `${name} `));
  // A group that has no example does nothing by itself; a command without one is a mistake a test finds.
  const isGroupOnly = children.length > 0 && exampleOf(command) === '';
  return isGroupOnly ? children : [section(command, name), ...children];
}

function section(command: Command, name: string): string {
  const words = command.registeredArguments.map(argumentText);
  const rows = [
    ...command.registeredArguments.map((arg) => row(argumentText(arg), about(arg))),
    ...command.options
      .filter(({ long, flags }) => !COMMON.has(long ?? '') || flags.includes('['))
      .map((option) => row(option.flags, about(option))),
  ];
  const table = rows.length === 0 ? '' : `\n| | |\n|---|---|\n${rows.join('\n')}\n`;
  const alias = command.alias() === undefined ? '' : ` Also \`${command.alias()}\`.`;
  const example = exampleOf(command);
  const shown = example === '' ? '' : `\n\`\`\`sh\n${example}\n\`\`\`\n`;
  return `## ${['orchestrator', name, ...words].join(' ')}\n\n${capital(command.description())}.${alias}\n${table}${shown}`;
}

const row = (name: string, text: string): string => `| \`${name.replaceAll('|', '\\|')}\` | ${text} |`;

const argumentText = (arg: Argument): string => {
  const name = arg.variadic ? `${arg.name()}...` : arg.name();
  return arg.required ? `<${name}>` : `[${name}]`;
};

function about({ description, argChoices, defaultValue }: Argument | Option): string {
  const choices = argChoices === undefined ? '' : `: ${argChoices.map((one) => `\`${one}\``).join(', ')}`;
  const standard = defaultValue === undefined || defaultValue === true ? '' : `; default \`${defaultValue}\``;
  return `${description}${choices}${standard}`;
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** The example below the help, without its prompt. */
function exampleOf(command: Command): string {
  let text = '';
  command.configureOutput({
    writeOut: (part) => {
      text += part;
    },
  });
  command.outputHelp();
  return [...text.matchAll(/^ {2}\$ (.+)$/gm)].map((match) => match[1]).join('\n');
}
