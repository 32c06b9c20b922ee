import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '../../errors.ts';
import type { CliContext, Flags } from '../context.ts';
import { createPrinter } from '../output/printer.ts';
import { changing } from '../running.ts';

const ASK_EVERY_MS = 1000;
const S = 1000;

/** `drain`: no run starts any more on any host; waits for those under way (REC-152). */
export async function drain(
  context: CliContext,
  flags: Flags,
  { timeout }: { timeout?: number },
): Promise<number> {
  const client = changing(context, flags);
  const printer = createPrinter(context);
  const giveUpAt = timeout === undefined ? Number.POSITIVE_INFINITY : performance.now() + timeout * S;
  let said: number | null = null;
  for (;;) {
    const { running } = (await client.call('POST', '/drain', {})) as { running: number };
    if (running === 0) break;
    if (said !== running) printer.note(`${running} agent run${running === 1 ? '' : 's'} under way…`);
    said = running;
    if (performance.now() >= giveUpAt) throw late(running, timeout ?? 0);
    await delay(ASK_EVERY_MS);
  }
  if (flags.json) printer.json({ status: 'drained' });
  else
    printer.lines(['Drained: no agent runs, and none starts before the control process is started again.']);
  return 0;
}

const late = (running: number, timeout: number): AppError =>
  new AppError('not-drained', `Expected no agent run after ${timeout} s, found ${running}.`, {
    fault: 'environment',
    hint: 'No new one starts. Wait longer, or stop the process: the runs go on at the next start.',
  });
