import type {
  AuditRow,
  CallbackRow,
  CardRow,
  ChatRow,
  ChatStore,
  ChatUser,
  DraftRow,
  InboxRow,
  MuteRow,
  PairingCode,
  PingRow,
  PromptRow,
  SentMessage,
} from '../../../src/bot/chat-store.ts';

/** The rows themselves, so that tests may look and meddle. */
export interface MemoryRows {
  users: Map<number, ChatUser>;
  pairing: Map<string, PairingCode>;
  chats: Map<string, ChatRow>;
  callbacks: Map<string, CallbackRow>;
  cards: Map<string, CardRow>;
  messages: Map<string, SentMessage>;
  prompts: Map<string, PromptRow>;
  drafts: Map<string, DraftRow>;
  pings: Map<string, PingRow>;
  mutes: Map<string, MuteRow>;
  audit: AuditRow[];
  inbox: Map<string, InboxRow & { handledAt: number | null }>;
  memos: Map<string, string>;
}

const emptyRows = (): MemoryRows => ({
  users: new Map(),
  pairing: new Map(),
  chats: new Map(),
  callbacks: new Map(),
  cards: new Map(),
  messages: new Map(),
  prompts: new Map(),
  drafts: new Map(),
  pings: new Map(),
  mutes: new Map(),
  audit: [],
  inbox: new Map(),
  memos: new Map(),
});

const people = (rows: MemoryRows) => ({
  user: (id: number) => rows.users.get(id) ?? null,
  users: () => [...rows.users.values()],
  putUser: (user: ChatUser) => void rows.users.set(user.id, user),
  removeUser: (id: number) => void rows.users.delete(id),
  putPairing: (code: PairingCode) => void rows.pairing.set(code.hash, code),
  takePairing(hash: string, at: number) {
    const code = rows.pairing.get(hash) ?? null;
    if (!code || code.expiresAt <= at) return null;
    rows.pairing.delete(hash);
    return code;
  },
});

const chats = (rows: MemoryRows) => ({
  chat: (id: string) => rows.chats.get(id) ?? null,
  chats: () => [...rows.chats.values()],
  putChat: (row: ChatRow) => void rows.chats.set(row.chat, row),
  removeChat: (id: string) => void rows.chats.delete(id),
  migrateChat(from: string, to: string) {
    const row = rows.chats.get(from);
    rows.chats.delete(from);
    if (row) rows.chats.set(to, { ...row, chat: to });
    for (const [key, card] of rows.cards) {
      if (card.chat !== from) continue;
      rows.cards.delete(key);
      rows.cards.set(`${card.task} ${to}`, { ...card, chat: to, message: null, shownHash: null });
    }
  },
});

const callbacks = (rows: MemoryRows) => {
  const change = (row: CallbackRow, to: Partial<CallbackRow>) =>
    void rows.callbacks.set(row.nonce, { ...row, ...to });
  const unused = () => [...rows.callbacks.values()].filter((row) => row.usedAt === null);
  return {
    putCallback: (row: CallbackRow) => void rows.callbacks.set(row.nonce, row),
    callback: (nonce: string) => rows.callbacks.get(nonce) ?? null,
    useCallback(nonce: string, use: { user: number; at: number }) {
      const row = rows.callbacks.get(nonce);
      if (!row || row.usedAt !== null) return false;
      change(row, { usedAt: use.at, usedBy: use.user });
      return true;
    },
    placeCallbacks(nonces: readonly string[], message: number) {
      for (const row of unused()) if (nonces.includes(row.nonce)) change(row, { message });
    },
    supersedeCallbacks(of: Parameters<ChatStore['supersedeCallbacks']>[0]) {
      for (const row of unused()) {
        const other = row.stage !== of.stage || row.attempt !== of.attempt;
        if (row.task === of.task && row.chat === of.chat && other) change(row, { supersededAt: of.at });
      }
    },
    voidCallbacksOf(user: number, at: number) {
      for (const row of unused()) if (row.user === user) change(row, { supersededAt: at });
    },
  };
};

const cards = (rows: MemoryRows) => ({
  card: (task: number, chat: string) => rows.cards.get(`${task} ${chat}`) ?? null,
  cardsOf: (task: number) => [...rows.cards.values()].filter((row) => row.task === task),
  unshownCards: () => [...rows.cards.values()].filter((row) => row.desiredHash !== row.shownHash),
  putCard: (row: CardRow) => void rows.cards.set(`${row.task} ${row.chat}`, row),
  putMessage: (row: SentMessage) => void rows.messages.set(`${row.chat} ${row.message}`, row),
  message: (chat: string, message: number) => rows.messages.get(`${chat} ${message}`) ?? null,
});

const words = (rows: MemoryRows) => ({
  prompt: (chat: string, user: number) => rows.prompts.get(`${chat} ${user}`) ?? null,
  putPrompt: (row: PromptRow) => void rows.prompts.set(`${row.chat} ${row.user}`, row),
  dropPrompt: (chat: string, user: number) => void rows.prompts.delete(`${chat} ${user}`),
  putDraft: (row: DraftRow) => void rows.drafts.set(row.id, row),
  draft: (id: string) => rows.drafts.get(id) ?? null,
  draftBySource: (chat: string, message: number) =>
    [...rows.drafts.values()].find((row) => row.chat === chat && row.source === message) ?? null,
  useDraft(id: string, at: number) {
    const row = rows.drafts.get(id);
    if (!row || row.usedAt !== null) return false;
    rows.drafts.set(id, { ...row, usedAt: at });
    return true;
  },
});

const notices = (rows: MemoryRows) => ({
  ping: (cause: string, chat: string) => rows.pings.get(`${cause} ${chat}`) ?? null,
  putPing: (row: PingRow) => void rows.pings.set(`${row.cause} ${row.chat}`, row),
  pendingPings: (chat: string | null) =>
    [...rows.pings.values()]
      .filter((row) => row.sentAt === null && row.droppedAt === null && (chat === null || row.chat === chat))
      .sort((a, b) => a.seq - b.seq),
  lostPings: ({ chat, since, keptMs }: { chat: string; since: number; keptMs: number }) =>
    [...rows.pings.values()].filter(
      (row) =>
        row.chat === chat &&
        row.sentAt === null &&
        (row.droppedAt ?? 0) >= since &&
        (row.droppedAt ?? 0) - row.createdAt >= keptMs,
    ).length,
  putMute: (row: MuteRow) => void rows.mutes.set(`${row.user} ${row.chat} ${row.scope}`, row),
  removeMute: (of: { user: number; chat: string; scope: string }) =>
    void rows.mutes.delete(`${of.user} ${of.chat} ${of.scope}`),
  mutes: () => [...rows.mutes.values()],
});

const records = (rows: MemoryRows) => ({
  audit: (row: AuditRow) => void rows.audit.push(row),
  pruneAudit(before: number) {
    const kept = rows.audit.filter(({ at }) => at >= before);
    return rows.audit.splice(0, rows.audit.length, ...kept).length - kept.length;
  },
  auditOf: (query: { user?: number; command?: string; limit: number }) =>
    rows.audit
      .filter((row) => query.user === undefined || row.user === query.user)
      .filter((row) => query.command === undefined || row.command === query.command)
      .slice(-query.limit),
  receive(row: InboxRow) {
    if (rows.inbox.has(row.key)) return false;
    rows.inbox.set(row.key, { ...row, handledAt: null });
    return true;
  },
  handled(key: string, at: number) {
    const row = rows.inbox.get(key);
    if (row) rows.inbox.set(key, { ...row, handledAt: at });
  },
  pruneSpent(before: number) {
    const updates = [...rows.inbox.values()].filter(
      ({ handledAt }) => handledAt !== null && handledAt < before,
    );
    const buttons = [...rows.callbacks.values()].filter(({ expiresAt }) => expiresAt < before);
    for (const { key } of updates) rows.inbox.delete(key);
    for (const { nonce } of buttons) rows.callbacks.delete(nonce);
    return updates.length + buttons.length;
  },
  unhandled: () => [...rows.inbox.values()].filter((row) => row.handledAt === null),
  memo: (key: string) => rows.memos.get(key) ?? null,
  putMemo: (key: string, value: string) => void rows.memos.set(key, value),
});

/** A `ChatStore` in memory, for tests; pass the rows again to model a restart. */
export function createMemoryStore(rows: MemoryRows = emptyRows()): ChatStore & { rows: MemoryRows } {
  return {
    rows,
    transaction: (work) => work(),
    ...people(rows),
    ...chats(rows),
    ...callbacks(rows),
    ...cards(rows),
    ...words(rows),
    ...notices(rows),
    ...records(rows),
  };
}
