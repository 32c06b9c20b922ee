/** Runs the shop's small recurring chores; returns a function that stops them. */
export function startHousekeeping({ reservations, everyMs = 1_000 }) {
  const timer = setInterval(() => reservations.sweep(), everyMs);
  timer.unref();
  return () => clearInterval(timer);
}
