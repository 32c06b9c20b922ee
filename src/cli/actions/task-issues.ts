import type { CliContext, Flags } from '../context.ts';
import { usageError } from '../failure.ts';
import { wordsOf } from '../input.ts';
import { createPrinter } from '../output/printer.ts';
import { plainLine } from '../output/text.ts';
import { changing } from '../running.ts';

/** Labels that also decide for a person (PIPE-29); the engine reads them itself when a task starts. */
const AUTO: Readonly<Record<string, 'approve' | 'deploy'>> = { autoapprove: 'approve', autodeploy: 'deploy' };

/** `task comment` (TRK-18). */
export async function comment(
  context: CliContext,
  flags: Flags,
  { wid, words }: { wid: string; words: readonly string[] | undefined },
): Promise<number> {
  const client = changing(context, flags);
  const text = (await wordsOf(context, words))?.trim();
  if (!text) throw usageError('Expected the text of the comment, found none.');
  const answer = await client.call('POST', `/tasks/${wid}/comment`, { text });
  const printer = createPrinter(context);
  if (flags.json) printer.json(answer);
  else printer.lines([`Commented on ${wid}.`]);
  return 0;
}

/** `task label` (TRK-18). */
export async function label(
  context: CliContext,
  flags: Flags,
  { wid, name, remove }: { wid: string; name: string; remove: boolean },
): Promise<number> {
  const client = changing(context, flags);
  const answer = await client.call('POST', `/tasks/${wid}/label`, { name, remove });
  const auto = AUTO[name.toLowerCase()];
  if (auto !== undefined) await client.command(wid, 'auto', { auto, on: !remove });
  const printer = createPrinter(context);
  const { labels } = answer as { labels: readonly string[] };
  if (flags.json) printer.json(answer);
  else printer.lines([`${wid}: ${plainLine(labels.join(', ')) || 'no labels'}`]);
  return 0;
}

/** `task export`: one JSON value, with or without `--json` (TRK-18). */
export async function exportIssues(
  context: CliContext,
  flags: Flags,
  project: string | undefined,
): Promise<number> {
  const query = project === undefined ? '' : `?project=${encodeURIComponent(project)}`;
  createPrinter(context).json(await changing(context, flags).call('GET', `/issues${query}`));
  return 0;
}
