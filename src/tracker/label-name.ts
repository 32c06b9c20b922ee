/** Label names are compared lower-cased with spaces, `-` and `_` removed (PLANE-56). */
export const foldLabel = (name: string): string => name.toLowerCase().replace(/[\s_-]+/g, '');
