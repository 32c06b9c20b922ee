import type { Finding } from '../checks/finding.ts';
import type { Printer } from './printer.ts';

const MARKS = { ok: ['✓', 'green'], hint: ['!', 'yellow'], problem: ['✗', 'red'] } as const;

/** One line per finding, with its fix. */
export function printFindings(printer: Printer, findings: readonly Finding[]): void {
  for (const { name, level, detail, fix, mended } of findings) {
    const [mark, style] = MARKS[level];
    if (mended !== undefined) printer.lines([`${printer.style('green', '+')} ${name}: mended, ${mended}`]);
    printer.lines([`${printer.style(style, mark)} ${name}: ${detail}${fix === null ? '' : `. Fix: ${fix}`}`]);
  }
}
