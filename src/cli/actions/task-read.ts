import type { TaskLogQuery } from '../../http/control-api.ts';
import type { ListOptions } from '../commands/task.ts';
import type { CliContext, Flags } from '../context.ts';
import { createPrinter } from '../output/printer.ts';
import { descriptionLines, gateRows, historyRows, iconOf, taskFacts, taskRows } from '../output/tasks.ts';
import { plain, plainLine } from '../output/text.ts';
import { reading } from '../running.ts';

const HISTORY = 20;

/** `task list`. */
export async function listTasks(context: CliContext, flags: Flags, options: ListOptions): Promise<number> {
  const { filter, project, limit, offset } = options;
  const query = { filter, limit, offset, ...(project === undefined ? {} : { project }) };
  const found = await reading(context, flags, (from) => from.listTasks(query));
  const printer = createPrinter(context);
  if (flags.json) {
    printer.json(found);
    return 0;
  }
  printer.table(taskRows(found.tasks, Date.now()));
  const shown = offset + found.tasks.length;
  if (found.total === 0) printer.note('No tasks. Create one: orchestrator task new --title "…"');
  else if (shown < found.total) printer.note(`${shown} of ${found.total}; more: --offset ${shown}`);
  return 0;
}

/** `task show`. */
export async function showTask(context: CliContext, flags: Flags, wid: string): Promise<number> {
  const task = await reading(context, flags, (from) => from.showTask(wid));
  const printer = createPrinter(context);
  if (flags.json) {
    printer.json(task);
    return 0;
  }
  const section = (name: string, rows: string[][]): void => {
    if (rows.length === 0) return;
    printer.lines(['', printer.style('bold', name)]);
    printer.table(rows);
  };
  printer.lines([printer.style('bold', `${iconOf(task)} ${task.wid} ${plainLine(task.title)}`)]);
  printer.table(taskFacts(task, Date.now()));
  const description = descriptionLines(task);
  if (description.length > 0) printer.lines(['', ...description.map((line) => printer.style('dim', line))]);
  section('Gates', gateRows(task));
  section('History', historyRows(task, HISTORY));
  return 0;
}

/** `task log`. */
export async function showLog(context: CliContext, flags: Flags, query: TaskLogQuery): Promise<number> {
  const log = await reading(context, flags, (from) => from.taskLog(query));
  const printer = createPrinter(context);
  if (flags.json) printer.json(log);
  else {
    printer.note(`${log.wid} ${log.stage}, attempt ${log.attempt}`);
    printer.lines([plain(log.text)]);
  }
  return 0;
}
