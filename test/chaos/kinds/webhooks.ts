import type { FaultKind } from '../fault.ts';
import type { Mood } from '../house/post-office.ts';

const S = 1000;
const webhooks = (mood: Mood, how: string): FaultKind => ({
  name: `webhooks ${mood}`,
  how,
  heals: 'after 4 s',
  weight: 6,
  resource: 'post',
  aims: [],
  holdMs: 4 * S,
  boundMs: null,
  async inject({ house: { post } }) {
    const before = post.treated(mood);
    post.treat(mood, 6);
    const injected = {
      what: '',
      heal() {
        injected.what = `${post.treated(mood) - before} of them`;
        post.heal();
      },
    };
    return injected;
  },
});

export const WEBHOOKS: readonly FaultKind[] = [
  webhooks('lost', 'the next six of tracker and forge never arrive'),
  webhooks('doubled', 'the next six arrive twice at once'),
  webhooks('delayed', 'the next six arrive 1.5 s late'),
  webhooks('reordered', 'the next six are held back and arrive in reverse'),
];
