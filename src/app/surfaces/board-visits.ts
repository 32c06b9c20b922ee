import type { LogRow } from '../../db/tasks.ts';
import type { BoardAct, Stretch, Visit } from '../../http/board/data.ts';
import type { Actor } from '../../pipeline/events.ts';
import { STAGES, type Stage } from '../../pipeline/stages.ts';
import { WAITING_RULES, type WaitingKind } from '../../pipeline/waiting.ts';

type Row = Pick<LogRow, 'at' | 'kind' | 'name' | 'accepted' | 'from' | 'to' | 'reason' | 'message' | 'event'>;
type Bare = Omit<Visit, 'runs' | 'verdicts'> & { stretches: Stretch[]; acts: BoardAct[] };

const isStage = (text: string): text is Stage => STAGES.some((stage) => stage === text);
const isWait = (kind: string): kind is WaitingKind => Object.hasOwn(WAITING_RULES, kind);

/** `testing#2 ci` as the log keeps the place of a task. */
function placeOf(text: string): { stage: Stage; attempt: number; kind: string } | null {
  const [, stage = '', attempt = '', kind = ''] = /^([\w-]+)#(\d+) ([\w-]+)$/.exec(text) ?? [];
  return isStage(stage) ? { stage, attempt: Number(attempt), kind } : null;
}

/** The attempts at stages a task went through, oldest first, told by its decision log. */
export function visitsOf(log: readonly Row[]): Bare[] {
  const visits: Bare[] = [];
  let shown = '';
  for (const row of log) {
    const open = visits.at(-1);
    const place = placeOf(row.to);
    const moved = row.accepted && row.to !== shown && place !== null;
    if (moved && place !== null) {
      if (open !== undefined) closeStretch(open, row.at);
      const stays = open !== undefined && open.stage === place.stage && open.attempt === place.attempt;
      if (open !== undefined && !stays) open.until = row.at;
      if (!stays && place.kind !== 'ended')
        visits.push({ ...place, from: row.at, until: null, stretches: [], acts: [] });
      const stretch = stretchOf(place.kind, row.at);
      if (stretch !== null) visits.at(-1)?.stretches.push(stretch);
      shown = row.to;
    }
    const act = actOf(row);
    // What a person did belongs to the place where they did it.
    if (act !== null) (open ?? visits.at(-1))?.acts.push(act);
  }
  return visits.map(({ stage, attempt, from, until, stretches, acts }) => ({
    stage,
    attempt,
    from,
    until,
    stretches,
    acts,
  }));
}

function closeStretch({ stretches }: Bare, at: number): void {
  const last = stretches.at(-1);
  if (last !== undefined && last.until === null) last.until = at;
}

function stretchOf(kind: string, from: number): Stretch | null {
  if (kind === 'working') return { kind, owner: 'system', from, until: null };
  return isWait(kind) ? { kind, owner: WAITING_RULES[kind].owner, from, until: null } : null;
}

function actOf({ at, kind, name, accepted, reason, message, event }: Row): BoardAct | null {
  if (kind !== 'command' || reason === 'duplicate') return null;
  const who = (event.actor as Actor | undefined)?.name ?? '—';
  return { at, who, what: name, accepted, why: message };
}
