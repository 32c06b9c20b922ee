import { styleText } from 'node:util';
import type { CliContext, OutputStream } from '../context.ts';
import { renderTable } from './table.ts';
import { wantsColour, widthOfTerminal } from './terminal.ts';

type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow';

/** How a command speaks: data on standard output, words on standard error. */
export interface Printer {
  /** Data lines. */
  lines(lines: readonly string[]): void;
  /** The one JSON value of `--json`. */
  json(value: unknown): void;
  /** Aligned columns on standard output. */
  table(rows: readonly (readonly string[])[]): void;
  /** Words for a person. */
  note(...lines: string[]): void;
  /** Colours only on a terminal, never with NO_COLOR. */
  style(style: Style, text: string): string;
}

/** Prints for this process. */
export function createPrinter({
  stdout,
  stderr,
  env,
}: Pick<CliContext, 'stdout' | 'stderr' | 'env'>): Printer {
  const write = (stream: OutputStream, lines: readonly string[]): void => {
    if (lines.length > 0) stream.write(`${lines.join('\n')}\n`);
  };
  const coloured = wantsColour(stdout, env);
  return {
    lines: (lines) => write(stdout, lines),
    json: (value) => write(stdout, [JSON.stringify(value)]),
    table: (rows) => write(stdout, renderTable(rows, widthOfTerminal(stdout))),
    note: (...lines) => write(stderr, lines),
    style: (style, text) => (coloured ? styleText(style, text, { validateStream: false }) : text),
  };
}
