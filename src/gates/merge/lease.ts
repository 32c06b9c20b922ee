/** The merge lease of one repository, as the gate holds it (SHIP-51). */
export interface Lease {
  repo: string;
  /** Grows with every acquisition; an older one is lost. */
  fence: number;
}

/** One conditional write each; the row, its heartbeat and its reaper belong to the database (SHIP-51 to SHIP-54). */
export interface LeasePort {
  /** Taken, or who holds it. A holder that asks again keeps it under a new fence. */
  acquire(request: {
    repo: string;
    taskId: number;
    attempt: number;
  }): Promise<{ kind: 'acquired'; fence: number } | { kind: 'busy'; holder: string }>;
  /** Asked immediately before every push; "don't know" is false (PIPE section 16). */
  holds(lease: Lease): Promise<boolean>;
  /** Of a lost lease: no effect. */
  release(lease: Lease): Promise<void>;
}
