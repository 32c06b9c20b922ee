import type { Ask } from '../ask.ts';
import type { DraftRow } from '../chat-store.ts';
import type { Line } from '../markup.ts';

/** What a draft may become: how it is shown and what its tap creates. */
export interface DraftKind {
  /** Text of its first button. */
  createKey: string;
  /** `ready` false: the lines are what is wrong with it, and there is nothing to tap. */
  preview(ask: Ask, row: DraftRow): { lines: readonly Line[]; ready: boolean };
  /** Creates it, once however often it is tapped (CMD-14); what the draft's message then says, null = nothing new. */
  create(ask: Ask, row: DraftRow, repo: string): Promise<readonly Line[] | null>;
}
