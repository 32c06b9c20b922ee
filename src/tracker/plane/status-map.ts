import { STATUS_KEYS, type StatusKey } from '../../pipeline/stages.ts';
import { CONTROL_KEYS, type ControlKey, STATUS_RULES } from './status-names.ts';
import type { PlaneState, StateGroup } from './wire.ts';

export interface FoundState {
  id: string;
  name: string;
  how: 'name' | 'alias';
}

/** The states of one project, resolved (PLANE-18 to PLANE-23). */
export interface StatusMap {
  find(key: StatusKey): FoundState | null;
  state(id: string): PlaneState | null;
  /** What a person commands by setting this state; null for every other one. */
  commandOf(id: string): ControlKey | null;
  /** The key this state is by name. */
  keyOf(id: string): StatusKey | null;
  groupOf(id: string): StateGroup | null;
  /** Names that several states of the project share; the one with the lowest sequence counts. */
  readonly duplicates: readonly string[];
}

const folded = (name: string): string => name.trim().replace(/\s+/g, ' ').toLowerCase();

/** Resolves within this one project; nothing is taken from anywhere else (PLANE-19). */
export function resolveStatuses(
  states: readonly PlaneState[],
  stateNames: Readonly<Record<string, string>> = {},
): StatusMap {
  const ordered = [...states].sort((a, b) => a.sequence - b.sequence);
  const byName = new Map<string, PlaneState>();
  const duplicates = new Set<string>();
  for (const state of ordered) {
    if (byName.has(folded(state.name))) duplicates.add(state.name);
    else byName.set(folded(state.name), state);
  }
  const named = (key: StatusKey) => byName.get(folded(stateNames[key] ?? STATUS_RULES[key].name)) ?? null;
  const commands = commandsOf(named);
  const find = (key: StatusKey): FoundState | null => {
    const own = named(key);
    if (own) return { id: own.id, name: own.name, how: 'name' };
    const { instead } = STATUS_RULES[key];
    if (instead === undefined) return null;
    if ('key' in instead) return aliased(find(instead.key));
    const stand = instead.groups
      .map((group) => ordered.find((state) => state.group === group && !commands.byName.has(state.id)))
      .find((state) => state !== undefined);
    return stand ? { id: stand.id, name: stand.name, how: 'alias' } : null;
  };
  const byId = new Map(states.map((state) => [state.id, state]));
  return {
    find,
    state: (id) => byId.get(id) ?? null,
    commandOf: (id) => commands.all.get(id) ?? null,
    keyOf: (id) => commands.byName.get(id) ?? STATUS_KEYS.find((key) => named(key)?.id === id) ?? null,
    groupOf: (id) => byId.get(id)?.group ?? null,
    duplicates: [...duplicates],
  };
}

const aliased = (found: FoundState | null): FoundState | null => found && { ...found, how: 'alias' };

/** A state that two commands claim means neither: the engine never guesses what a person wants. */
function commandsOf(named: (key: StatusKey) => PlaneState | null) {
  const byName = new Map<string, ControlKey>();
  const doubtful = new Set<string>();
  for (const key of CONTROL_KEYS) {
    const state = named(key);
    if (state === null) continue;
    if (byName.has(state.id)) doubtful.add(state.id);
    byName.set(state.id, key);
  }
  const all = new Map([...byName].filter(([id]) => !doubtful.has(id)));
  const progress = named('in_progress');
  // The only alias that carries a command (PLANE-21), and only for a state of that very name.
  if (named('to_analyse') === null && progress !== null && !byName.has(progress.id))
    all.set(progress.id, 'to_analyse');
  return { byName, all };
}

/** Name of the state by which people give this command; null where the board cannot (PLANE-48). */
export function controlName(map: StatusMap | null, key: StatusKey): string | null {
  const found = map?.find(key) ?? null;
  return found !== null && map?.commandOf(found.id) === key ? found.name : null;
}
