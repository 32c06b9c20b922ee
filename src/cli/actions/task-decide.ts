import type { TaskSummary } from '../../http/control-api.ts';
import type { TaskCommand } from '../../pipeline/events.ts';
import type { CliContext, Flags } from '../context.ts';
import { wordsOf } from '../input.ts';
import { createPrinter, type Printer } from '../output/printer.ts';
import { iconOf } from '../output/tasks.ts';
import { plainLine } from '../output/text.ts';
import { changing } from '../running.ts';

export interface DecisionRequest {
  wid: string;
  /** Name in the engine. */
  command: string;
  /** Keys of REC-140; undefined ones are left out. */
  body: Readonly<Record<string, unknown>>;
  /** The person's own words. */
  words: readonly string[] | undefined;
}

/** `task <command> <wid>` (PIPE-29). A refusal is an AppError with the reason of PIPE-15. */
export async function decide(context: CliContext, flags: Flags, request: DecisionRequest): Promise<number> {
  const client = changing(context, flags);
  const text = await wordsOf(context, request.words);
  const task = await client.command(request.wid, request.command as TaskCommand, { ...request.body, text });
  const printer = createPrinter(context);
  if (flags.json) printer.json(task);
  else sayState(printer, task);
  return 0;
}

function sayState(printer: Printer, task: TaskSummary): void {
  const state = task.waiting === null ? '' : ` · ${plainLine(task.waiting.sentence)}`;
  printer.lines([`${iconOf(task)} ${task.wid} ${task.stage}, attempt ${task.attempt}${state}`]);
}
