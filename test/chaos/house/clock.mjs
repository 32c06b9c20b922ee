// Preloaded into a process under test (`node --import`): its wall clock is off by the milliseconds written in the file
// CHAOS_CLOCK_FILE. Monotonic time and timers stay as they are, as when somebody sets the clock of a real machine.
import { readFileSync } from 'node:fs';

const file = process.env.CHAOS_CLOCK_FILE;
const RealDate = Date;
let offsetMs = 0;

class ShiftedDate extends RealDate {
  constructor(...args) {
    if (args.length === 0) super(RealDate.now() + offsetMs);
    else super(...args);
  }
  static now() {
    return RealDate.now() + offsetMs;
  }
}

if (file !== undefined) {
  const look = () => {
    try {
      offsetMs = Number(readFileSync(file, 'utf8')) || 0;
    } catch {
      offsetMs = 0;
    }
  };
  look();
  setInterval(look, 200).unref();
  globalThis.Date = ShiftedDate;
}
