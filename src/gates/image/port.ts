/** What is known about the candidate image of a project (SHIP-71). */
export type ImageState =
  | { kind: 'present'; digest: string; revision: string | null; sourceTree: string | null }
  | { kind: 'absent' }
  | { kind: 'unavailable'; reason: string };

export interface ImageBuildRequest {
  name: string;
  /** Registry `image.build`, run in `dir`. */
  command: string;
  /** Clean export of the commit. */
  dir: string;
  /** Labels `org.opencontainers.image.revision` and `orchestrator.source-tree`. */
  revision: string;
  sourceTree: string;
  deadlineMs: number;
  signal: AbortSignal;
}

export type ImageBuildOutcome =
  | { kind: 'built'; digest: string }
  /** The project's build went wrong; last 200 lines. */
  | { kind: 'failed'; reason: string; tail: string }
  /** The builder itself is not there. */
  | { kind: 'unavailable'; reason: string };

export interface ImagePort {
  inspect(name: string): Promise<ImageState>;
  build(request: ImageBuildRequest): Promise<ImageBuildOutcome>;
}
