import { denialOf } from './access.ts';
import { type Ask, audit, say, USAGE } from './ask.ts';
import { type Command, parseCommand, usageOf } from './command.ts';
import { COMMANDS } from './commands.ts';

/** Dispatches a typed command: known, allowed, not stale (CMD-4, CHAT-15). */
export async function runCommand(
  ask: Ask,
  parsed: { name: string; args: string },
  read: { text: string; ageMs: number },
): Promise<void> {
  const command = COMMANDS.find(({ name }) => name === parsed.name);
  if (!command) {
    audit(ask, parsed.name, { result: 'unknown' });
    await say(ask, ask.texts.t('reply-unknown-command', { x: parsed.name }));
    return;
  }
  const denial = denialOf(ask, { role: command.role, action: command.name });
  if (denial !== null) {
    audit(ask, command.name, { result: 'forbidden', reason: command.role });
    await say(ask, denial);
    return;
  }
  if (command.changes && read.ageMs > ask.house.env.settings.staleCommandMs)
    return askStale(ask, command, read);
  const outcome = await command.run(ask, parsed.args);
  if (outcome.result === USAGE.result) await sayUsage(ask, command);
  audit(ask, command.name, outcome);
}

/** A usage line and one example (CMD-4). */
const sayUsage = ({ texts, ...ask }: Ask, command: Command): Promise<unknown> =>
  say({ texts, ...ask }, [
    [texts.t('reply-usage', { usage: usageOf(command) })],
    [texts.t('reply-example', { example: command.example })],
  ]);

async function askStale(ask: Ask, command: Command, read: { text: string; ageMs: number }): Promise<void> {
  const text = ask.texts.t('reply-stale-command', { age: ask.texts.duration(read.ageMs) });
  const run = {
    text: ask.texts.t('btn-run-now'),
    action: 'run-now' as const,
    payload: read.text,
    user: ask.user.id,
  };
  await say(ask, text, { buttons: [[run]] });
  audit(ask, command.name, { result: 'stale-command' });
}

/** Runs a command that a button carries as text; each such button works once (CHAT-15, CMD-1). */
export async function runCarried(ask: Ask, nonce: string, text: string): Promise<void> {
  const parsed = parseCommand(text);
  if (!parsed || !ask.house.env.store.useCallback(nonce, { user: ask.user.id, at: ask.at })) return;
  await runCommand(ask, parsed, { text, ageMs: 0 });
}
