/** What common tokens look like; a log may hold ones we were never told (VIEW-6). */
const TOKENS: readonly RegExp[] = [
  /\bgh[pousr]_[A-Za-z0-9]{20,}\b/g,
  /\bgithub_pat_\w{20,}\b/g,
  /\bglpat-[\w-]{20,}/g,
  /\bsk-[\w-]{20,}/g,
  /\bxox[abprs]-[\w-]{10,}/g,
  /\bnpm_[A-Za-z0-9]{30,}\b/g,
  /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/g,
  /\bplane_(?:api|wh)_[A-Za-z0-9]{16,}\b/g,
  /\b\d{7,12}:[A-Za-z0-9_-]{35}\b/g,
  /\beyJ[\w-]{8,512}\.eyJ[\w-]{8,}\.[\w-]{8,}/g,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
  /(?<=\b[a-z][a-z0-9+.-]{1,15}:\/\/[^\s/:@]{0,64}:)[^\s/@]{4,256}(?=@)/gi,
  /(?<=\bauthorization: ?(?:bearer|basic|token) )[\w+/=.-]{12,}/gi,
];

/** Replaces what looks like a token by `***`. Beside masking by value, never instead of it. */
export const maskTokens = (text: string): string =>
  TOKENS.reduce((masked, pattern) => masked.replace(pattern, '***'), text);
