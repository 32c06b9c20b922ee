import { countForbidden } from './access.ts';
import type { House } from './ask.ts';
import { type Env, textsOf } from './env.ts';
import type { Sender } from './send.ts';
import type { Args } from './texts.ts';

/** One silent message to every owner, in the language of their chat; `except` cannot be reached. */
export async function tellOwners(
  { env, sender }: { env: Env; sender: Sender },
  notice: { key: string; args: Args; except?: string },
): Promise<void> {
  const owners = env.store.users().filter(({ role }) => role === 'owner');
  const chats = owners.map(({ id }) => String(id)).filter((chat) => chat !== notice.except);
  for (const chat of chats) {
    const text = textsOf(env, chat).t(notice.key, notice.args);
    await sender.send({ chat, lines: [[text]], silent: true });
  }
}

/** Counts a refused tap; owners hear of it once when somebody tries too much (CB-8). */
export async function countRefusal(
  house: House,
  who: { id: number; name: string },
  at: number,
): Promise<void> {
  if (!countForbidden(house.env, who.id, at)) return;
  await tellOwners(house, { key: 'access-forbidden-many', args: { ...who, n: 10 } });
}
