import type { CliContext, Flags } from '../context.ts';
import { createPrinter } from '../output/printer.ts';
import { plainLine } from '../output/text.ts';
import type { QueueBlock } from '../reading.ts';
import { reading } from '../running.ts';

const list = <T>(block: readonly T[] | undefined): readonly T[] => (Array.isArray(block) ? block : []);

/** `queue`: the blocks of REC-141; everything with `--json`, the main ones for people. */
export async function queue(context: CliContext, flags: Flags): Promise<number> {
  const found = await reading(context, flags, (from) => from.queue());
  const printer = createPrinter(context);
  if (flags.json) {
    printer.json(found);
    return 0;
  }
  printer.table(summaryRows(found));
  const recent = list(found.recent).map((run) => [
    `  ${run.status ?? ''}`,
    run.agent ?? '',
    plainLine(run.repo ?? ''),
    `${run.stage ?? ''} ${run.attempt ?? ''}`,
  ]);
  if (recent.length > 0) printer.lines(['', printer.style('bold', 'Recent runs')]);
  printer.table(recent);
  return 0;
}

function summaryRows({ counts = {}, max_concurrency, freezes, outbox }: QueueBlock): string[][] {
  const numbers = Object.entries(counts).filter(([, value]) => typeof value === 'number');
  const { pending, oldest_s } = (outbox ?? {}) as { pending?: number; oldest_s?: number };
  return [
    ['agents', `${counts.running ?? 0} of ${max_concurrency ?? '?'} busy, ${counts.queued ?? 0} queued`],
    ['tasks', numbers.map(([name, value]) => `${value} ${name}`).join(', ')],
    ...list(freezes).map(({ repo = '', scope = '', reason = '', by = '' }) => [
      'frozen',
      plainLine(`${repo} (${scope}) by ${by}: ${reason}`),
    ]),
    ...(pending ? [['outbox', `${pending} pending, oldest ${Math.round(oldest_s ?? 0)} s`]] : []),
  ];
}
