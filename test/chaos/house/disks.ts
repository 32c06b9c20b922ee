import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import path from 'node:path';

/** A small volume of its own that can be filled to the last byte. */
export interface Volume {
  dir: string;
  fill(): void;
  free(): void;
  /** Null where this machine lets nobody mount: then it is an ordinary directory and cannot be filled. */
  mounted: boolean;
  close(): void;
}

const PIECE = Buffer.alloc(64 * 1024);

/** A tmpfs of `sizeMb` where the system allows it (root), else a plain directory. */
export function makeVolume(dir: string, sizeMb: number): Volume {
  mkdirSync(dir, { recursive: true });
  const mounted = tries('mount', '-t', 'tmpfs', '-o', `size=${sizeMb}m`, 'tmpfs', dir);
  const ballast = path.join(dir, '.ballast');
  const free = () => rmSync(ballast, { force: true });
  return {
    dir,
    mounted,
    fill() {
      const file = openSync(ballast, 'a');
      try {
        for (let piece = PIECE; piece.length > 0; ) {
          try {
            writeSync(file, piece);
          } catch {
            piece = piece.subarray(0, Math.floor(piece.length / 2));
          }
        }
      } finally {
        closeSync(file);
      }
    },
    free,
    close() {
      free();
      if (mounted && process.env.CHAOS_KEEP === undefined) tries('umount', '-l', dir);
    },
  };
}

function tries(program: string, ...args: string[]): boolean {
  try {
    execFileSync(program, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
