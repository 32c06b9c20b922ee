/** What a set-up file makes for its process: files that share a process run their set-up one after the other. */
export function oncePerProcess<T>(name: string, make: () => T): T {
  const made = globalThis as unknown as Record<symbol, { value: T } | undefined>;
  const key = Symbol.for(`orchestrator.test.${name}`);
  made[key] ??= { value: make() };
  return made[key].value;
}
