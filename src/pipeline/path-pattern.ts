/**
 * Tells whether a repository path matches a pattern: `**` any number of directories, `*` any part of one name,
 * `?` one character; everything else literal and case-sensitive. A pattern ending in `/` means all below it.
 */
export function matchesPattern(path: string, pattern: string): boolean {
  const whole = pattern.endsWith('/') ? `${pattern}**` : pattern;
  return new RegExp(`^${toExpression(whole.replace(/^\.?\//, ''))}$`, 's').test(path);
}

function toExpression(pattern: string): string {
  return pattern.replace(/\*\*\/|\*\*|\*|\?|[.+^${}()|[\]\\]/g, (part) => {
    if (part === '**/') return '(?:.*/)?';
    if (part === '**') return '.*';
    if (part === '*') return '[^/]*';
    if (part === '?') return '[^/]';
    return `\\${part}`;
  });
}
