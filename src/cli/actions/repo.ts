import type { CliContext, Flags } from '../context.ts';
import { createPrinter } from '../output/printer.ts';
import { changing } from '../running.ts';

export interface RepoChange {
  command: 'freeze' | 'unfreeze' | 'pause' | 'resume' | 'rollback';
  body: Readonly<Record<string, unknown>>;
}

/** Commands on a repository or the queue (PIPE-29). */
export async function changeRepo(context: CliContext, flags: Flags, change: RepoChange): Promise<number> {
  const answer = await changing(context, flags).call('POST', `/${change.command}`, change.body);
  const printer = createPrinter(context);
  if (flags.json) printer.json(answer);
  else printer.lines([(answer as { detail?: string }).detail ?? 'done']);
  return 0;
}
