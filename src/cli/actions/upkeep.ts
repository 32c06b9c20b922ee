import { AppError } from '../../errors.ts';
import type { CliContext, Flags } from '../context.ts';
import { createPrinter } from '../output/printer.ts';
import { changing } from '../running.ts';

/** `pair`: a new owner code, or a fresh URL of the local chat page (ACC-3, LOCAL-2). */
export async function pair(context: CliContext, flags: Flags): Promise<number> {
  const answer = (await changing(context, flags).call('POST', '/pair', {})) as {
    code?: string;
    url?: string;
  };
  const printer = createPrinter(context);
  if (flags.json) printer.json(answer);
  else {
    printer.lines([answer.url ?? answer.code ?? '']);
    printer.note(
      answer.url === undefined
        ? `Send the bot: /start ${answer.code}`
        : 'Open it in a browser; it signs one in, once.',
    );
  }
  return 0;
}

/** `reload`: reads the registry again (REG-6). */
export async function reload(context: CliContext, flags: Flags): Promise<number> {
  const answer = await changing(context, flags).call('POST', '/reload', {}).catch(explain);
  const printer = createPrinter(context);
  if (flags.json) printer.json(answer);
  else printer.lines(['The registry was read again.']);
  return 0;
}

/** A control process that cannot do it has no such route. */
function explain(error: unknown): never {
  if (!(error instanceof AppError) || error.code !== 'not-found') throw error;
  throw new AppError('not-reloadable', 'The running control process cannot read its registry again.', {
    fault: 'environment',
    hint: 'Restart it: stop it, then orchestrator start',
  });
}

/** `tracker refresh` (PLANE-22). */
export async function refreshTracker(context: CliContext, flags: Flags, project?: string): Promise<number> {
  const query = project === undefined ? '' : `?project=${encodeURIComponent(project)}`;
  const answer = await changing(context, flags).call('POST', `/tracker/refresh${query}`, {});
  const printer = createPrinter(context);
  if (flags.json) printer.json(answer);
  else
    printer.lines([`Read again when next needed: ${(answer as { projects: string[] }).projects.join(', ')}`]);
  return 0;
}
