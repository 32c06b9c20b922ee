import type { Sound, TextParams } from '../pipeline/effects.ts';
import type { ChatRole, Instant } from '../pipeline/events.ts';
import type { Stage } from '../pipeline/stages.ts';

export type Lang = 'en' | 'ru';

/** A paired person (ACC-2). `projects` empty = all. */
export interface ChatUser {
  id: number;
  name: string;
  role: ChatRole;
  projects: readonly string[];
  tz: string | null;
  quietHours: string | null;
  createdBy: string;
  createdAt: Instant;
}

/** A chat the bot reports to or talks in (TOPIC-1). `projects`: null = none, empty = all. */
export interface ChatRow {
  chat: string;
  kind: 'private' | 'group';
  title: string;
  projects: readonly string[] | null;
  lang: Lang | null;
  /** False after a 403 (PUB-8). */
  reachable: boolean;
  /** Forum topic per project name (TOPIC-2). */
  threads: Readonly<Record<string, number>>;
  forum: boolean;
  /** `HH:MM`, `off`, or null = the setting (QUIET-3). */
  digest: string | null;
}

/** What a button, prompt or message is about (CB-1). Task null = the repository or queue command itself. */
export interface Binding {
  task: number | null;
  stage: Stage | null;
  attempt: number | null;
  sha: string | null;
}

export interface CallbackRow extends Binding {
  nonce: string;
  action: string;
  /** JSON text the action reads. */
  payload: string | null;
  minRole: ChatRole;
  /** Only this user may press (CB-21); null = anyone with the role. */
  user: number | null;
  chat: string;
  message: number | null;
  issuedAt: Instant;
  expiresAt: Instant;
  usedAt: Instant | null;
  usedBy: number | null;
  supersededAt: Instant | null;
}

/** CARD-1. `keyboard` is the JSON of the last inline keyboard, so that equal buttons keep their nonces. */
export interface CardRow {
  task: number;
  chat: string;
  thread: number | null;
  message: number | null;
  desiredVersion: number;
  desiredHash: string | null;
  shownVersion: number;
  shownHash: string | null;
  buttonsHash: string | null;
  keyboard: string | null;
  state: 'live' | 'final' | 'lost';
  /** Since when a final state waits to be shown (PUB-9); null = nothing waits. */
  dueSince: Instant | null;
}

/** A message the bot sent about a task, so that a reply to it has a meaning (CMD-2, RPL-1). */
export interface SentMessage extends Binding {
  chat: string;
  message: number;
  /** Waiting kind it was rendered for, `running`, or `ended`. */
  waiting: string;
}

/** A forced-reply prompt; one per user and chat (RPL-6). */
export interface PromptRow extends Binding {
  chat: string;
  user: number;
  message: number;
  action: string;
  payload: string | null;
  expiresAt: Instant;
}

/** A task text that waits for a tap (CMD-13). */
export interface DraftRow {
  id: string;
  chat: string;
  user: number;
  /** Message of the person it was read from, so that an edit updates it (CHAT-16). */
  source: number;
  /** The bot's own message with the buttons. */
  message: number | null;
  repo: string | null;
  text: string;
  expiresAt: Instant;
  usedAt: Instant | null;
}

/** A ping owed to a chat; unique by (cause, chat) (PING-1, ORD-2). */
export interface PingRow {
  /** The cause key, e.g. `12.analysis.1.approve`. */
  cause: string;
  chat: string;
  task: number | null;
  /** Task-log sequence; later pings of one task never overtake earlier ones. */
  seq: number;
  ping: string;
  sound: Sound;
  params: TextParams;
  /** Where the task stood when it was caused (ORD-3). */
  stage: Stage | null;
  attempt: number | null;
  waiting: string | null;
  createdAt: Instant;
  sentAt: Instant | null;
  message: number | null;
  /** Gave up after 24 h, or muted. */
  droppedAt: Instant | null;
}

export interface PairingCode {
  /** Hex SHA-256 of the code; the code itself is never stored (ACC-3). */
  hash: string;
  role: ChatRole;
  projects: readonly string[];
  createdBy: string;
  expiresAt: Instant;
}

export interface MuteRow {
  user: number;
  chat: string;
  /** `all`, `project:<repo>` or `task:<id>`. */
  scope: string;
  until: Instant;
}

/** One action of a person and what came of it (AUD-1). */
export interface AuditRow extends Binding {
  at: Instant;
  user: number | null;
  name: string;
  role: ChatRole | null;
  chat: string;
  message: number | null;
  command: string;
  /** `ok`, a CB-7 class or a reject reason. */
  result: string;
  reason: string;
}

/** An update that was stored but perhaps not handled (CHAT-14). */
export interface InboxRow {
  /** `telegram:<update_id>`. */
  key: string;
  /** The update as JSON. */
  body: string;
  receivedAt: Instant;
}

/**
 * The chat's own rows; every call is synchronous. The composition root implements it over the database.
 * Writes outside `transaction` commit by themselves.
 */
export interface ChatStore {
  /** One transaction for everything inside, `Control.apply` included (CB-5). Nesting is allowed. */
  transaction<T>(work: () => T): T;

  user(id: number): ChatUser | null;
  users(): readonly ChatUser[];
  putUser(user: ChatUser): void;
  removeUser(id: number): void;

  putPairing(code: PairingCode): void;
  /** Removes and returns a code that is unused and not expired at `at` (ACC-3: single use). */
  takePairing(hash: string, at: Instant): PairingCode | null;

  chat(id: string): ChatRow | null;
  chats(): readonly ChatRow[];
  putChat(row: ChatRow): void;
  removeChat(id: string): void;
  /** Replaces the chat id everywhere (TOPIC-4). */
  migrateChat(from: string, to: string): void;

  putCallback(row: CallbackRow): void;
  callback(nonce: string): CallbackRow | null;
  /** False when it was used before; nothing changes then. */
  useCallback(nonce: string, use: { user: number; at: Instant }): boolean;
  /** Points issued callbacks at the message that carries them. */
  placeCallbacks(nonces: readonly string[], message: number): void;
  /** Marks unused callbacks of a chat's task superseded whose stage or attempt is another one (CB-2). */
  supersedeCallbacks(of: { task: number; chat: string; stage: Stage; attempt: number; at: Instant }): void;
  /** Voids unused callbacks only this user could press (ACC-7). */
  voidCallbacksOf(user: number, at: Instant): void;

  card(task: number, chat: string): CardRow | null;
  cardsOf(task: number): readonly CardRow[];
  /** Cards whose desired hash is not shown: what a start has to publish. */
  unshownCards(): readonly CardRow[];
  putCard(row: CardRow): void;

  putMessage(row: SentMessage): void;
  message(chat: string, message: number): SentMessage | null;

  prompt(chat: string, user: number): PromptRow | null;
  putPrompt(row: PromptRow): void;
  dropPrompt(chat: string, user: number): void;

  putDraft(row: DraftRow): void;
  draft(id: string): DraftRow | null;
  draftBySource(chat: string, message: number): DraftRow | null;
  /** False when the draft was used before (CMD-14). */
  useDraft(id: string, at: Instant): boolean;

  ping(cause: string, chat: string): PingRow | null;
  putPing(row: PingRow): void;
  /** Neither sent nor dropped, oldest `seq` first; chat null = every chat. */
  pendingPings(chat: string | null): readonly PingRow[];

  /** Pings given up since `since` because the chat took none for `keptMs` (ORD-3). */
  lostPings(of: { chat: string; since: Instant; keptMs: number }): number;

  putMute(row: MuteRow): void;
  removeMute(of: { user: number; chat: string; scope: string }): void;
  mutes(): readonly MuteRow[];

  audit(row: AuditRow): void;
  /** Removes rows older than `before`: the only path that deletes them (AUD-1). */
  pruneAudit(before: Instant): number;
  auditOf(query: { user?: number; command?: string; limit: number }): readonly AuditRow[];

  /** Stores an update; false when its key was stored before (CHAT-14). */
  receive(row: InboxRow): boolean;
  handled(key: string, at: Instant): void;
  /** Removes updates handled and buttons expired before `before`: a button that is not there is answered as an unknown one. */
  pruneSpent(before: Instant): number;
  /** Received and not handled, in order of arrival. */
  unhandled(): readonly InboxRow[];

  /** Small values of the bot: polling offset, pairing tries, digests sent, webhook secret. */
  memo(key: string): string | null;
  putMemo(key: string, value: string): void;
}
