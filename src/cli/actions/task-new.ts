import type { ControlClient } from '../../http/control-client.ts';
import type { NewTaskOptions } from '../commands/task.ts';
import type { CliContext, Flags } from '../context.ts';
import { usageError } from '../failure.ts';
import { readInput } from '../input.ts';
import { createPrinter } from '../output/printer.ts';
import { changing } from '../running.ts';

/** `task new` (TRK-12). */
export async function createTask(
  context: CliContext,
  flags: Flags,
  options: NewTaskOptions,
): Promise<number> {
  const client = changing(context, flags);
  const project = options.project ?? (await onlyProject(client));
  const description = options.description ?? (context.stdin.isTTY ? '' : await readInput(context));
  const made = await client.createTask({
    project,
    title: options.title,
    description: description.trim(),
    labels: options.label ?? [],
    blocked_by: options.blockedBy ?? [],
    start: options.start,
  });
  const printer = createPrinter(context);
  if (flags.json) printer.json(made);
  else {
    printer.lines([made.work_item_id]);
    printer.note(`Created; it is at ${made.status}. See: orchestrator task show ${made.work_item_id}`);
  }
  return 0;
}

/** The project of a registry of one. */
async function onlyProject(client: ControlClient): Promise<string> {
  const { projects } = (await client.call('GET', '/projects')) as { projects: readonly { repo?: string }[] };
  const [only] = projects;
  if (projects.length === 1 && only?.repo !== undefined) return only.repo;
  const names = projects.map(({ repo }) => repo).join(', ');
  throw usageError(
    projects.length === 0
      ? 'Expected a project in the registry, found none.'
      : `Expected --project, found none; there are ${names}.`,
    projects.length === 0 ? 'Add one to projects.json, then restart.' : 'Name one of them.',
  );
}
