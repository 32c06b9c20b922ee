import type { Part } from '../../core/part.ts';
import { percentile } from '../../core/stats.ts';
import type { CardsRound } from './round.ts';

/** Part 6: every last state reaches its card, within the limits Telegram publishes. */
export const cards: Part = {
  name: 'cards',
  title: "Cards: 200 live tasks in 20 chats, behind Telegram's rate limits",
  budgets: [{ figure: 'lastStatesArrived', limit: { equals: 'of' }, kind: 'budget' }],
  async run({ measure, scaled }) {
    const options = { chats: scaled(20, 2), perChat: scaled(10, 1) };
    const found = await measure<CardsRound>('cards.round', options);
    const delay = (p: number) => percentile(found.delaysMs, p) / 1000;
    return {
      figures: { lastStatesArrived: found.arrived, of: found.of },
      rows: [
        { what: 'last states on their cards', value: found.arrived, unit: `of ${found.of}` },
        { what: 'delay added, median', value: delay(50), unit: 's', beside: `p99 ${delay(99).toFixed(1)} s` },
        {
          what: 'calls to Telegram',
          value: found.calls,
          beside: `${found.refused} refused with 429, in ${found.seconds.toFixed(0)} s`,
        },
      ],
      notes: [
        'a chat takes one call per second: ten tasks of one chat that change together wait for each other',
      ],
    };
  },
};
