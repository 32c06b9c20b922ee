/**
 * Thrown by a processor that wants to look again later: the job moves to delayed, holds no slot and
 * spends no attempt.
 */
export class LookAgain extends Error {
  readonly delayMs: number;
  constructor(delayMs: number) {
    super(`look again in ${delayMs} ms`);
    this.name = 'LookAgain';
    this.delayMs = delayMs;
  }
}

/** For a moment, in which this process claims nothing from the queue and another one takes the job. */
const FOR_OTHERS_MS = 100;

/** Thrown by a processor that leaves its job to another host. */
export class ForOthers extends LookAgain {
  constructor() {
    super(FOR_OTHERS_MS);
    this.name = 'ForOthers';
  }
}
