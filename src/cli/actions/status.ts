import type { CliContext, Flags } from '../context.ts';
import { createPrinter } from '../output/printer.ts';
import { taskRows } from '../output/tasks.ts';
import { reading } from '../running.ts';

/** `status`: who answers and which tasks are under way. */
export async function status(context: CliContext, flags: Flags): Promise<number> {
  const found = await reading(context, flags, (from) => from.status());
  const printer = createPrinter(context);
  if (flags.json) {
    printer.json(found);
    return 0;
  }
  const running = found.instance === null ? 'not running' : `running as ${found.instance}`;
  const extra = [found.staging ? 'staging' : '', found.paused ? 'PAUSED' : ''].filter((word) => word !== '');
  printer.lines([[`orchestrator ${found.version}`, running, ...extra].join(' · ')]);
  printer.table(taskRows(found.active_tasks, Date.now()));
  if (found.active_tasks.length === 0) printer.note('No task is under way.');
  return 0;
}
