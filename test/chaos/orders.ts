import { createRandom } from './random.ts';

/** Who approves and confirms. */
export type Voice = 'labels' | 'board' | 'chat' | 'http';
/** Where a task must be when everything is over. */
export type RightEnd = 'done' | 'cancelled' | 'blocked';

/** One task of the run: what the agents are ordered, and what must have become of it. */
export interface Order {
  n: number;
  repo: 0 | 1;
  title: string;
  voice: Voice;
  end: RightEnd;
  /** Read by the scripted agents, word for word. */
  work: {
    file: string;
    text: string;
    paceMs: number;
    grandchild?: boolean;
    red?: boolean;
    review?: 'second' | 'never';
  };
}

interface Trait {
  end: RightEnd;
  work?: Partial<Order['work']>;
  voice?: Voice;
}

/** Every tenth task has one of these; together they go every way through the machine. */
const TRAITS: readonly Trait[] = [
  { end: 'done', work: { grandchild: true } },
  { end: 'done', voice: 'board' },
  { end: 'done', work: { review: 'second' } },
  { end: 'done', voice: 'chat' },
  { end: 'cancelled' },
  { end: 'done', voice: 'http', work: { grandchild: true } },
  { end: 'done', work: { red: true } },
  { end: 'blocked', work: { review: 'never' } },
  { end: 'done', work: { grandchild: true } },
  { end: 'done' },
];

/** The same for the same seed. */
export function ordersOf(seed: number, tasks: number): Order[] {
  const random = createRandom(seed);
  const traits = Array.from({ length: Math.ceil(tasks / TRAITS.length) }, () =>
    random.shuffled(TRAITS),
  ).flat();
  return traits.slice(0, tasks).map(({ end, work = {}, voice = 'labels' }, index) => {
    const n = index + 1;
    return {
      n,
      repo: (index % 2) as 0 | 1,
      title: `Write note number ${n}`,
      voice,
      end,
      work: {
        file: `notes/${n}.md`,
        text: `Note ${n} of seed ${seed}`,
        paceMs: 200 + random.below(200),
        ...work,
      },
    };
  });
}

export const descriptionOf = ({ work }: Order): string =>
  `Ordered by the test, word for word and long enough. DO: ${JSON.stringify(work)}`;
