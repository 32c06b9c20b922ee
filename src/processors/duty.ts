/**
 * A periodic duty as a processor. Each has one round at a time (REC-10): a round that finds the one before it still at work
 * leaves the work to that one.
 */
export function duty(round: () => Promise<void>): () => Promise<null> {
  let busy = false;
  return async () => {
    if (busy) return null;
    busy = true;
    try {
      await round();
    } finally {
      busy = false;
    }
    return null;
  };
}
