import type { Fault as GiteaFault } from '../../support/gitea/server.ts';
import type { Fault as PlaneFault } from '../../support/plane/server.ts';
import type { FaultKind, Injected, Scene } from '../fault.ts';

const S = 1000;
/** What a server answers instead, for the next calls. */
const ANSWERS = [
  { name: '429', how: '429 with Retry-After', times: 3 },
  { name: '5xx', how: '502', times: 3 },
  { name: 'time-out', how: 'no answer', times: 2 },
  { name: 'answer lost', how: 'the work is done, the line is cut', times: 2 },
] as const;
type Answer = (typeof ANSWERS)[number]['name'];

const REST_ANSWERS: Readonly<Record<Answer, PlaneFault['do'] & GiteaFault['do']>> = {
  '429': { status: 429, headers: { 'retry-after': '1' } } as PlaneFault['do'] & GiteaFault['do'],
  '5xx': { status: 502 },
  'time-out': 'hang',
  'answer lost': 'drop-after',
};

const server = (
  resource: 'plane' | 'gitea' | 'telegram',
  { name, how, times }: (typeof ANSWERS)[number],
  inject: (scene: Scene, times: number) => Injected,
): FaultKind => ({
  name: `${{ plane: 'tracker', gitea: 'forge', telegram: 'chat' }[resource]}: ${name}`,
  how: `${how}, for the next ${times} calls`,
  heals: 'after 3 s',
  weight: 3,
  resource,
  aims: [],
  holdMs: 3 * S,
  boundMs: null,
  inject: async (scene) => inject(scene, times),
});

/** The faults of these servers are entries of a list that calls use up. */
function restFault(list: object[], fault: { times: number }): Injected {
  const asked = fault.times;
  list.push(fault);
  return {
    get what() {
      return `${asked - (list.includes(fault) ? fault.times : 0)} calls`;
    },
    heal: () => {
      const at = list.indexOf(fault);
      if (at >= 0) list.splice(at, 1);
    },
  };
}

export const REST: readonly FaultKind[] = ANSWERS.flatMap((answer) =>
  (['plane', 'gitea'] as const).map((name) =>
    server(name, answer, ({ house: { servers } }, times) =>
      restFault(servers[name].faults, { matches: () => true, do: REST_ANSWERS[answer.name], times } as never),
    ),
  ),
);

const CHAT_FAULTS = {
  '429': {
    kind: 'refuse',
    code: 429,
    description: 'Too Many Requests: retry after 1',
    parameters: { retry_after: 1 },
  },
  '5xx': { kind: 'gateway', status: 502 },
  'time-out': { kind: 'hang' },
  'answer lost': { kind: 'drop-after' },
} as const;

export const CHAT: readonly FaultKind[] = ANSWERS.map((answer) =>
  server('telegram', answer, ({ house: { servers } }, times) => {
    // Telegram knows no idempotent send: whoever lost the answer to one cannot know (PUB-10). Edits can be repeated.
    const rule = answer.name === 'answer lost' ? { methods: ['editMessageText'], times } : { times };
    const heal = servers.telegram.faults.add(CHAT_FAULTS[answer.name], rule);
    return { what: `up to ${times} calls`, heal };
  }),
);
