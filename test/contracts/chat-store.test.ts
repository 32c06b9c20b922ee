import { describe, expect, it } from 'vitest';
import type { CallbackRow, ChatRow, ChatStore, PingRow } from '../../src/bot/chat-store.ts';
import { createChatStore } from '../../src/db/chat-store.ts';
import { openDb } from '../../src/db/open.ts';
import { createMemoryStore } from '../support/bot/memory-store.ts';

const STORES: Readonly<Record<string, () => ChatStore>> = {
  'in memory': () => createMemoryStore(),
  'in SQLite': () => createChatStore(openDb({ file: ':memory:' })) as unknown as ChatStore,
};

const callback = (nonce: string, change: Partial<CallbackRow> = {}): CallbackRow => ({
  nonce,
  action: 'approve',
  payload: null,
  minRole: 'operator',
  user: null,
  chat: '1',
  message: null,
  task: null,
  stage: 'analysis',
  attempt: 1,
  sha: null,
  issuedAt: 1,
  expiresAt: 100,
  usedAt: null,
  usedBy: null,
  supersededAt: null,
  ...change,
});
const ping = (cause: string, seq: number, change: Partial<PingRow> = {}): PingRow => ({
  cause,
  chat: '1',
  task: null,
  seq,
  ping: 'error',
  sound: 'sound',
  params: { text: 'x', n: 1 },
  stage: null,
  attempt: null,
  waiting: null,
  createdAt: 1,
  sentAt: null,
  message: null,
  droppedAt: null,
  ...change,
});
const chat = (id: string, change: Partial<ChatRow> = {}): ChatRow => ({
  chat: id,
  kind: 'group',
  title: 'Team',
  projects: null,
  lang: null,
  reachable: true,
  threads: {},
  forum: false,
  digest: null,
  ...change,
});

describe.each(Object.entries(STORES))('the chat store %s', (_name, open) => {
  it('lets a pairing code be taken once, and not when it is expired (ACC-3)', () => {
    const store = open();
    const code = { hash: 'h', role: 'owner' as const, projects: ['shop'], createdBy: 'Ada', expiresAt: 10 };
    store.putPairing(code);
    expect(store.takePairing('other', 5)).toBeNull();
    expect(store.takePairing('h', 5)).toEqual(code);
    expect(store.takePairing('h', 5)).toBeNull();
    store.putPairing(code);
    expect(store.takePairing('h', 10)).toBeNull();
  });

  it('marks a callback used once (CB-5)', () => {
    const store = open();
    store.putCallback(callback('a'));
    expect(store.useCallback('a', { user: 11, at: 7 })).toBe(true);
    expect(store.useCallback('a', { user: 12, at: 8 })).toBe(false);
    expect(store.callback('a')).toMatchObject({ usedAt: 7, usedBy: 11 });
    expect(store.useCallback('nobody', { user: 11, at: 7 })).toBe(false);
  });

  it('places callbacks on their message and voids those only one user may press (ACC-7)', () => {
    const store = open();
    store.putCallback(callback('a', { user: 11 }));
    store.putCallback(callback('b'));
    store.placeCallbacks(['a', 'b'], 42);
    store.voidCallbacksOf(11, 9);
    expect(store.callback('a')).toMatchObject({ message: 42, supersededAt: 9 });
    expect(store.callback('b')).toMatchObject({ message: 42, supersededAt: null });
  });

  it('keeps the projects and topics of a chat as they were, null and empty apart (TOPIC-1)', () => {
    const store = open();
    store.putChat(chat('-1', { projects: [], threads: { shop: 7 } }));
    store.putChat(chat('-2', { projects: ['shop'], reachable: false }));
    store.putChat(chat('-3'));
    expect(store.chat('-1')).toMatchObject({ projects: [], threads: { shop: 7 } });
    expect(store.chat('-2')).toMatchObject({ projects: ['shop'], reachable: false });
    expect(store.chat('-3')?.projects).toBeNull();
    store.migrateChat('-1', '-100');
    expect(store.chat('-1')).toBeNull();
    expect(store.chat('-100')?.threads).toEqual({ shop: 7 });
  });

  it('owes pings in the order of their sequence until they are sent or dropped (ORD-2)', () => {
    const store = open();
    store.putPing(ping('b', 2));
    store.putPing(ping('a', 1));
    store.putPing(ping('c', 3, { chat: '2' }));
    expect(store.pendingPings('1').map(({ cause }) => cause)).toEqual(['a', 'b']);
    expect(store.pendingPings(null)).toHaveLength(3);
    store.putPing(ping('a', 1, { sentAt: 5, message: 9 }));
    store.putPing(ping('b', 2, { droppedAt: 5 }));
    expect(store.pendingPings('1')).toEqual([]);
    expect(store.ping('a', '1')).toMatchObject({ message: 9, params: { text: 'x', n: 1 } });
  });

  it('uses a draft once and finds it by its source (CMD-14, CHAT-16)', () => {
    const store = open();
    const draft = {
      id: 'd',
      chat: '1',
      user: 11,
      source: 5,
      message: 6,
      repo: null,
      text: 'x',
      expiresAt: 9,
    };
    store.putDraft({ ...draft, usedAt: null });
    expect(store.draftBySource('1', 5)?.id).toBe('d');
    expect(store.useDraft('d', 3)).toBe(true);
    expect(store.useDraft('d', 4)).toBe(false);
  });

  it('stores an update once and tells which were not handled (CHAT-14)', () => {
    const store = open();
    const row = { key: 'telegram:1', body: '{}', receivedAt: 1 };
    expect(store.receive(row)).toBe(true);
    expect(store.receive(row)).toBe(false);
    expect(store.unhandled().map(({ key }) => key)).toEqual(['telegram:1']);
    store.handled('telegram:1', 2);
    expect(store.unhandled()).toEqual([]);
  });

  it('removes updates and buttons that nothing can come of any more, and no others', () => {
    const store = open();
    for (const n of [1, 2, 3]) store.receive({ key: `u${n}`, body: '{}', receivedAt: n });
    store.handled('u1', 10);
    store.handled('u2', 20);
    store.putCallback(callback('old', { expiresAt: 10 }));
    store.putCallback(callback('new', { expiresAt: 20 }));
    expect(store.pruneSpent(20)).toBe(2);
    expect(store.receive({ key: 'u2', body: '{}', receivedAt: 4 })).toBe(false);
    expect(store.receive({ key: 'u1', body: '{}', receivedAt: 4 })).toBe(true);
    expect(store.unhandled().map(({ key }) => key)).toEqual(['u3', 'u1']);
    expect([store.callback('old'), store.callback('new')?.nonce]).toEqual([null, 'new']);
  });

  it('counts pings that nobody took for a day, and removes audit rows by age alone (QUIET-3, AUD-1)', () => {
    const store = open();
    const day = 86_400_000;
    store.putPing(ping('late', 1, { createdAt: 0, droppedAt: day + 5 }));
    store.putPing(ping('muted', 2, { createdAt: day, droppedAt: day }));
    store.putPing(ping('told', 3, { createdAt: 0, sentAt: day + 5 }));
    expect(store.lostPings({ chat: '1', since: day, keptMs: day })).toBe(1);
    expect(store.lostPings({ chat: '1', since: 2 * day, keptMs: day })).toBe(0);
    expect(store.lostPings({ chat: 'another', since: 0, keptMs: day })).toBe(0);
    const said = { command: 'why', result: 'ok', reason: '', chat: '1', message: 1, user: 1, name: 'Ada' };
    const nothing = { task: null, stage: null, attempt: null, sha: null };
    for (const at of [1, 2, 3]) store.audit({ ...said, ...nothing, role: 'owner', at });
    expect(store.pruneAudit(3)).toBe(2);
    expect(store.auditOf({ limit: 9 }).map(({ at }) => at)).toEqual([3]);
  });

  it('keeps prompts, mutes and memos by their keys', () => {
    const store = open();
    const about = { task: null, stage: null, attempt: null, sha: null };
    const prompt = { ...about, chat: '1', user: 11, message: 5, action: 'new', payload: null, expiresAt: 9 };
    store.putPrompt(prompt);
    store.putPrompt({ ...prompt, message: 6 });
    expect(store.prompt('1', 11)?.message).toBe(6);
    store.dropPrompt('1', 11);
    expect(store.prompt('1', 11)).toBeNull();
    store.putMute({ user: 11, chat: '1', scope: 'all', until: 5 });
    store.putMute({ user: 11, chat: '1', scope: 'all', until: 6 });
    expect(store.mutes()).toEqual([{ user: 11, chat: '1', scope: 'all', until: 6 }]);
    store.removeMute({ user: 11, chat: '1', scope: 'all' });
    expect(store.mutes()).toEqual([]);
  });
});

describe('the chat store in SQLite', () => {
  it('undoes everything in a transaction that throws', () => {
    const store = STORES['in SQLite']?.() as ChatStore;
    expect(() =>
      store.transaction(() => {
        store.putMemo('k', 'v');
        store.transaction(() => store.putMemo('l', 'v'));
        throw new Error('no');
      }),
    ).toThrow('no');
    expect(store.memo('k')).toBeNull();
    expect(store.memo('l')).toBeNull();
  });
});
