import { afterEach } from 'vitest';
import { type BoardEngine, createBoardEngine } from './engine.ts';
import { createPlaneWorld, type PlaneWorld, type PlaneWorldOptions } from './world.ts';

export type Way = 'webhooks' | 'polling alone';
export const BOTH_WAYS: readonly Way[] = ['webhooks', 'polling alone'];

/** A board, an engine and a clock for one test file; opened by each test, closed after it. */
export class BoardBench {
  world = null as unknown as PlaneWorld;
  engine = null as unknown as BoardEngine;
  at = 0;

  constructor() {
    afterEach(async () => {
      this.engine.close();
      await this.world.close();
    });
  }

  now = (): number => this.at;

  later(ms: number): void {
    this.at += ms;
  }

  async open(options: PlaneWorldOptions = {}): Promise<PlaneWorld> {
    this.at = Date.parse('2026-11-20T10:00:00Z');
    const clocks = { now: this.now, clock: this.now, client: { ratePerMin: 100_000 } };
    this.world = await createPlaneWorld({ ...clocks, ...options });
    this.engine = createBoardEngine(this.world, { now: this.now });
    return this.world;
  }

  /** How changes reach the engine: every webhook twice, or no webhook and one round of polling. */
  async hear(way: Way): Promise<void> {
    const fresh = this.world.plane.deliveries.splice(0);
    if (way === 'webhooks') await this.engine.receive([...fresh, ...fresh]);
    else await this.engine.poll();
  }

  /** A person moves the issue; the engine hears of it and writes what follows. */
  async move(way: Way, issue: string, state: string): Promise<void> {
    this.later(30_000);
    this.world.person.move(issue, state);
    await this.hear(way);
    await this.engine.write();
    await this.hear(way);
    this.later(30_000);
  }

  /** An attempt ends well; the board follows. */
  async pass(way: Way, issue: string): Promise<void> {
    const outcome = this.engine.pass(issue);
    if (!outcome.ok) throw new Error(outcome.message);
    this.later(1000);
    await this.engine.write();
    await this.hear(way);
  }
}
