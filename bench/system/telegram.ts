import type { FloodLimits } from '../../test/support/telegram/flood-control.ts';
import type { Person } from '../../test/support/telegram/people.ts';
import { startTelegramServer, type TelegramServer } from '../../test/support/telegram/server.ts';

export interface Telegram {
  server: TelegramServer;
  people: readonly Person[];
  /** Settings of a product that talks to it. */
  settings: Readonly<Record<string, string>>;
}

const FIRST_ID = 1001;

/** The Bot API server of the tests with so many people, all owners, each in a chat of their own. */
export async function startTelegram(people: number, flood?: FloodLimits): Promise<Telegram> {
  const server = await startTelegramServer(flood ? { flood } : {});
  const ids = Array.from({ length: people }, (_, index) => FIRST_ID + index);
  return {
    server,
    people: ids.map((id) => server.person({ id, name: `Person ${id}` })),
    settings: {
      ORCH_TELEGRAM_BOT_TOKEN: server.token,
      ORCH_TELEGRAM_API_URL: server.apiRoot,
      ORCH_TELEGRAM_ALLOWED_USERS: ids.map((id) => `${id}:owner`).join(','),
    },
  };
}
