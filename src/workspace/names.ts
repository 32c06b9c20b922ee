import { AppError } from '../errors.ts';

/** Cyrillic and Latin letters whose mapping normalisation does not give (FORGE-63). */
const LETTERS: Readonly<Record<string, string>> = {
  а: 'a',
  б: 'b',
  в: 'v',
  г: 'g',
  д: 'd',
  е: 'e',
  ё: 'e',
  ж: 'zh',
  з: 'z',
  и: 'i',
  й: 'y',
  к: 'k',
  л: 'l',
  м: 'm',
  н: 'n',
  о: 'o',
  п: 'p',
  р: 'r',
  с: 's',
  т: 't',
  у: 'u',
  ф: 'f',
  х: 'kh',
  ц: 'ts',
  ч: 'ch',
  ш: 'sh',
  щ: 'shch',
  ъ: '',
  ы: 'y',
  ь: '',
  э: 'e',
  ю: 'yu',
  я: 'ya',
  є: 'ye',
  і: 'i',
  ї: 'yi',
  ґ: 'g',
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  ł: 'l',
  đ: 'd',
  þ: 'th',
  ı: 'i',
};
const SLUG_LENGTH = 30;
const WID = /^[A-Z][A-Z0-9]{1,9}-\d{3,}$/;
const SHA = /^[0-9a-f]{40}([0-9a-f]{24})?$/;

/** Slug of a title (FORGE-63); empty when no letter or digit survives. */
export function slugOf(title: string): string {
  const mapped = [...title.normalize('NFC').toLowerCase().normalize('NFC')]
    .map((letter) => LETTERS[letter] ?? letter)
    .join('');
  const plain = mapped.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
  const dashed = plain.replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '');
  return dashed.slice(0, SLUG_LENGTH).replace(/-+$/, '');
}

/** Where the wanted name is taken (FORGE-64). An id may carry its surface before a colon. */
export function spareBranchName(wid: string, fallbackId: string): string {
  const id = fallbackId.slice(fallbackId.lastIndexOf(':') + 1).replace(/[^0-9a-z]/gi, '');
  return `feature/${wid}-${id.slice(0, 8)}`;
}

/** Task branch of FORGE-64. `taken` says whether a name is in use; `fallbackId` is the tracker's or the task's id. */
export function taskBranchName(
  wid: string,
  title: string,
  other: { taken: (branch: string) => boolean; fallbackId: string },
): string {
  assertWid(wid);
  const slug = slugOf(title);
  const wanted = slug === '' ? `feature/${wid}` : `feature/${wid}-${slug}`;
  const branch = other.taken(wanted) ? spareBranchName(wid, other.fallbackId) : wanted;
  assertBranch(branch);
  return branch;
}

/** FORGE-101. Throws `bad-name` (internal: every name was checked where it came in). */
export function assertWid(wid: string): void {
  if (!WID.test(wid)) throw badName('a work item id such as SHOP-007', wid);
}

/** FORGE-101. */
export function assertSha(sha: string): void {
  if (!SHA.test(sha)) throw badName('a full commit id', sha);
}

/** True for a full SHA-1 or SHA-256 id. */
export const isSha = (text: string): boolean => SHA.test(text);

/** FORGE-101: the repository's name becomes a directory; no separators, no leading dot, dash or underscore. */
export function assertRepoName(repo: string): void {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(repo) || repo.includes('..') || repo.endsWith('.git'))
    throw badName('a repository name of letters, digits, `.`, `_` and `-`', repo);
}

/** The rules of `git check-ref-format --branch`, without starting git (FORGE-64, FORGE-101). */
export function isBranchName(branch: string): boolean {
  if (branch === '' || branch === '@' || branch.startsWith('-') || branch.endsWith('.')) return false;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
  if (/[\x00-\x20\x7f~^:?*[\\]|\.\.|@\{|\/\/|^\/|\/$/.test(branch)) return false;
  return branch.split('/').every((part) => !part.startsWith('.') && !part.endsWith('.lock'));
}

/** FORGE-101. */
export function assertBranch(branch: string): void {
  if (!isBranchName(branch)) throw badName('a branch name git accepts', branch);
}

/** Directory name of a branch's worktree (FORGE-72). */
export const branchDirName = (branch: string): string => branch.replaceAll('/', '_');

/** `<utc>` of archive refs: `YYYYMMDDTHHMMSSZ` (FORGE-93). */
export const utcStamp = (epochMs: number): string =>
  `${new Date(epochMs).toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`;

function badName(expected: string, found: string): AppError {
  return new AppError('bad-name', `Expected ${expected}, found ${JSON.stringify(found.slice(0, 120))}.`);
}
