import type { Program } from '../program.ts';

/** A worker host of its own, on this machine. */
export interface TestHost {
  readonly name: string;
  /** Its own disk. */
  readonly dir: string;
  /** Where it reaches what the machine offers. */
  readonly gateway: string;
  start(argv: readonly string[], env: Readonly<Record<string, string>>): Promise<Program>;
  /** Runs JavaScript there; what it printed. */
  evaluate(script: string): string;
  /** Everything that runs there dies at once, children and grandchildren too. */
  crash(): Promise<void>;
  /** Pulls its cable: nothing dies, nothing gets through, nobody is told. */
  cut(): void;
  /** Plugs it in again. */
  mend(): void;
}

/** Hosts that share nothing but what the gateway offers. */
export interface TestHosts {
  readonly kind: 'namespaces' | 'users';
  add(name: string): TestHost;
  remove(): Promise<void>;
}
