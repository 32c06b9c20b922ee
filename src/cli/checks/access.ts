import { isLoopback } from '../../config/loopback.ts';
import type { Check } from './check.ts';
import { hint, ok, problem } from './finding.ts';

const SHORTEST_TOKEN = 16;

export const ACCESS: Check = {
  name: 'access',
  about: 'what is reachable from outside is behind a token that cannot be guessed',
  look({ loaded: { config } }) {
    const { server, security, telegram } = config;
    const token = security.adminToken;
    const found = [];
    if (token !== undefined && token.length < SHORTEST_TOKEN)
      found.push(
        problem(`ORCH_ADMIN_TOKEN has ${token.length} characters`, 'openssl rand -hex 24 makes a good one', {
          of: 'token',
        }),
      );
    if (token === undefined && !isLoopback(server.httpHost))
      found.push(
        problem(
          `${server.httpHost}:${server.httpPort} can be read by everybody who reaches it`,
          'set ORCH_ADMIN_TOKEN',
          {
            of: 'http',
          },
        ),
      );
    if (token === undefined && server.publicUrl !== undefined)
      found.push(
        hint(
          'a public address without ORCH_ADMIN_TOKEN: what the proxy lets through can be read',
          'set ORCH_ADMIN_TOKEN',
          {
            of: 'public',
          },
        ),
      );
    if (security.allowUnsignedWebhooks)
      found.push(
        problem(
          'unsigned webhooks are accepted',
          'set the webhook secrets and remove ORCH_ALLOW_UNSIGNED_WEBHOOKS',
          {
            of: 'webhooks',
          },
        ),
      );
    if (telegram.localChatAllowRemote)
      found.push(
        hint('the chat page may be reached from other machines', 'unset ORCH_LOCAL_CHAT_ALLOW_REMOTE', {
          of: 'chat',
        }),
      );
    return found.length > 0
      ? found
      : [ok(token === undefined ? 'this machine only' : 'behind ORCH_ADMIN_TOKEN')];
  },
};
