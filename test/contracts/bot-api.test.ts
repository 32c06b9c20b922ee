import { createMemoryChatStorage } from '../../src/bot/local-chat/memory-storage.ts';
import { createLocalChat } from '../../src/bot/local-chat/server.ts';
import type { ChatStorage } from '../../src/bot/local-chat/storage.ts';
import { createLocalChatStorage } from '../../src/db/local-chat-storage.ts';
import { openDb } from '../../src/db/open.ts';
import { silentLogger } from '../../src/log.ts';
import { startTelegramServer } from '../support/telegram/server.ts';
import { type BotApiUnderTest, botApiContract } from './bot-api.contract.ts';
import { botApiGrammyContract } from './bot-api-grammy.contract.ts';
import { chatStorageContract } from './chat-storage.contract.ts';

/** The row store types the Bot API's JSON as unknown; what comes out is what went in. */
const openSqlite = () => {
  const db = openDb({ file: ':memory:' });
  return { storage: createLocalChatStorage(db) as ChatStorage, close: () => db.$client.close() };
};

async function localPage(): Promise<BotApiUnderTest> {
  const { storage, close } = openSqlite();
  const token = '42:local';
  const chat = createLocalChat({
    ...{ host: '127.0.0.1', port: 0, storage, token, now: Date.now, log: silentLogger() },
    user: { id: 1001, firstName: 'You' },
  });
  const { apiRoot } = await chat.listen();
  return {
    ...{ apiRoot, token, chatId: 1001, person: chat.driver },
    async close() {
      await chat.close();
      close();
    },
  };
}

async function testServer(): Promise<BotApiUnderTest> {
  const server = await startTelegramServer();
  const person = server.person({ id: 2002, name: 'Ada' });
  const { apiRoot, token } = server;
  return { apiRoot, token, chatId: person.id, person, close: () => server.close() };
}

const servers = [
  ['the chat page over SQLite', localPage],
  ['the test server', testServer],
] as const;
for (const [name, create] of servers) {
  botApiContract(name, create);
  botApiGrammyContract(name, create);
}

chatStorageContract('memory', () => ({ storage: createMemoryChatStorage(), close: () => {} }));
chatStorageContract('SQLite', openSqlite);
