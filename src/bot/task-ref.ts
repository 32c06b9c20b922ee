import type { RunView } from '../pipeline/view.ts';
import { scopeOf, sees } from './access.ts';
import { type Ask, type Outcome, say, USAGE } from './ask.ts';
import { cut } from './markup.ts';
import type { FoundTask, TaskRef } from './ports.ts';

/** `ORCH-042`, `orch-42` or `42` (CMD-1); null when it is none of these. */
export function parseRef(text: string): TaskRef | null {
  const match = /^#?(?:([A-Za-z][A-Za-z0-9_]*)-)?(\d{1,9})$/.exec(text.trim());
  return match ? { prefix: match[1]?.toUpperCase() ?? null, number: Number(match[2]) } : null;
}

/** First word and the rest. */
export function firstWord(text: string): { word: string; rest: string } {
  const match = /^\s*(\S+)\s*([\s\S]*)$/.exec(text);
  return { word: match?.[1] ?? '', rest: match?.[2]?.trim() ?? '' };
}

const offer = async (ask: Ask, found: readonly FoundTask[], command: string, rest: string): Promise<void> => {
  const buttons = found.slice(0, 6).map(({ wid, title }) => [
    {
      text: cut(`${wid} · ${title}`, 60),
      action: 'pick-task' as const,
      payload: `/${command} ${wid} ${rest}`,
    },
  ]);
  await say(ask, ask.texts.t('reply-which-task'), { buttons });
};

export interface TaskCommandInput {
  command: string;
  args: string;
}

/** Finds the task a command is about and runs `run` with what follows it; says why not otherwise (CMD-1, CMD-2). */
export async function withTask(
  ask: Ask,
  input: TaskCommandInput,
  run: (view: RunView, rest: string) => Promise<Outcome> | Outcome,
): Promise<Outcome> {
  const { control } = ask.house.env;
  const { word, rest } = firstWord(input.args);
  const ref = parseRef(word);
  const replied = ask.replied?.task ?? null;
  if (replied !== null && (ref === null || ref.prefix === null)) {
    return withView(ask, control.view(replied), word, (view) => run(view, input.args.trim()));
  }
  if (ref === null) return USAGE;
  const scope = ref.prefix === null && ask.repo !== null ? [ask.repo] : scopeOf(ask.user);
  const found = control.find(ref, ref.prefix === null ? scope : null);
  if (found.length > 1) {
    await offer(ask, found, input.command, rest);
    return { result: 'ambiguous' };
  }
  const [only] = found;
  return withView(ask, only ? control.view(only.task) : null, word, (view) => run(view, rest));
}

async function withView(
  ask: Ask,
  view: RunView | null,
  ref: string,
  run: (view: RunView) => Promise<Outcome> | Outcome,
): Promise<Outcome> {
  if (view === null) {
    await say(ask, ask.texts.t('reply-no-task', { ref }));
    return { result: 'unknown-task' };
  }
  if (!sees(ask.user, view.task.repo)) {
    await say(ask, ask.texts.t('access-scope', { project: view.project.name }));
    return { result: 'forbidden', reason: 'scope' };
  }
  return run(view);
}
