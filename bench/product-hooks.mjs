const SRC = new URL('../src/', import.meta.url).href;
const DIST = new URL('../dist/', import.meta.url).href;

/** @type {import('node:module').ResolveHook} */
export async function resolve(specifier, context, next) {
  const asked = specifier.startsWith('.') ? new URL(specifier, context.parentURL).href : specifier;
  if (!asked.startsWith(SRC)) return next(specifier, context);
  return next(DIST + asked.slice(SRC.length).replace(/\.ts$/, '.js'), context);
}
