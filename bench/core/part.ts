import type { Budget } from './budgets.ts';

/** One line of the table. */
export interface Row {
  what: string;
  value: number | string;
  unit?: string;
  /** What the value is compared with, in words. */
  beside?: string;
}

/** What a part found; `figures` go into the JSON under the part's name. */
export interface Findings {
  rows: readonly Row[];
  figures: Readonly<Record<string, number | null>>;
  /** What only the budgets ask for. */
  checked?: Readonly<Record<string, number | null>>;
  /** Why something was not measured, or how a figure has to be read. */
  notes?: readonly string[];
}

export interface Size {
  /** Rounds whose median counts. */
  rounds: number;
  /** 1 = as described in docs/performance.md; less shrinks every count, for tests. */
  scale: number;
  /** Also the systems of others, which have to be installed first. */
  peers: boolean;
  /** The long form: the soak of 30 minutes. */
  long: boolean;
}

/**
 * Runs a subject by name in a process of its own (or in this one, for tests). `workS`: how long it works on purpose;
 * it is given up some minutes after that.
 */
export type Measure = <T>(
  subject: string,
  options: Readonly<Record<string, unknown>>,
  workS?: number,
) => Promise<T>;

export interface Bench {
  size: Size;
  measure: Measure;
  /** `count` shrunk by the scale, at least `least`. */
  scaled(count: number, least?: number): number;
  /** Progress, for people. */
  say(line: string): void;
}

/** One question about the product's speed or size, with what it is compared to. */
export interface Part {
  name: string;
  title: string;
  run(bench: Bench): Promise<Findings>;
  /** What the figures must keep. */
  budgets: readonly Budget[];
}
