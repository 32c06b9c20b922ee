import { z } from 'zod';
import type { ForgeRead } from '../port.ts';
import type { GiteaApi } from './api.ts';
import { parseAnswer, parseRows } from './parse.ts';

/** On every pull request the engine opens, so that people can tell and filter them; made by `init gitea`. */
export const PULL_LABEL = {
  name: 'orchestrator',
  color: '#1d76db',
  description: 'Opened by Orchestrator, merged by it after its gates',
} as const;

const LabelAnswer = z.object({ id: z.number().int(), name: z.string() });

/** Id of our label; `not_found` where the repository has none. */
export async function findLabel(api: GiteaApi): Promise<ForgeRead<number>> {
  const pick = (page: unknown) => (Array.isArray(page) ? page : null);
  const read = await api.pages(['labels'], { pick, tooMany: 'cut' });
  if (read.kind !== 'ok') return read;
  const rows = parseRows(read.value.rows, LabelAnswer);
  if (rows.kind !== 'ok') return rows;
  const own = rows.value.find(({ name }) => name === PULL_LABEL.name);
  return own
    ? { kind: 'ok', value: own.id }
    : { kind: 'not_found', reason: `no label ${PULL_LABEL.name}; pull requests are opened without one` };
}

/** Creates our label where there is none; the same call again changes nothing. Id of the label. */
export async function ensureLabel(api: GiteaApi): Promise<ForgeRead<number>> {
  const found = await findLabel(api);
  if (found.kind !== 'not_found') return found;
  const answer = await api.send('POST', ['labels'], PULL_LABEL);
  if (!answer.ok) return answer.failure;
  const made = parseAnswer({ kind: 'ok', value: answer.data }, LabelAnswer);
  return made.kind === 'ok' ? { kind: 'ok', value: made.value.id } : made;
}

/** The label's id for a pull request about to be opened, remembered once found; a look-up never stops an opening. */
export function createPullLabels(api: GiteaApi): () => Promise<{ labels?: number[] }> {
  let known: number | null = null;
  return async () => {
    if (known === null) {
      const found = await findLabel(api);
      if (found.kind === 'ok') known = found.value;
    }
    return known === null ? {} : { labels: [known] };
  };
}
