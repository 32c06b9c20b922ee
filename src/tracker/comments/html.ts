const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Longest text of one value inside a comment, in characters. */
const MAX_VALUE = 4000;
const MAX_COMMENT = 50_000;
const CUT_MARK = '<p>…</p>';

/** Everything below U+0020 except newline, and DEL and the C1 range: no surface shows them. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: removing them is the point (TRK-9)
const CONTROL = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g;

/** At most `max` code points, the last one `…` where something was cut. */
export function cutText(text: string, max: number): string {
  const points = [...text];
  return points.length > max ? `${points.slice(0, max - 1).join('')}…` : text;
}

/** A text of a user or a model as HTML: escaped, control characters gone, newlines kept as `<br>` (TRK-9). */
export function escapeHtml(value: unknown, max = MAX_VALUE): string {
  const text = cutText(String(value ?? '').replace(/\r\n?/g, '\n'), max);
  return text
    .replace(CONTROL, '')
    .replace(/[&<>"']/g, (sign) => ENTITIES[sign] ?? '')
    .replace(/\n/g, '<br>');
}

/** A link, or only its label where the address is not `http:` or `https:` (TRK-9). */
export function link(url: string, label: string): string {
  const allowed = URL.canParse(url) && /^https?:$/.test(new URL(url).protocol);
  return allowed ? `<a href="${escapeHtml(url)}">${escapeHtml(label)}</a>` : escapeHtml(label);
}

/** Cuts at the end of a block (PLANE-47); one endless block is cut in its text. */
export function cutComment(html: string, max = MAX_COMMENT): string {
  if (html.length <= max) return html;
  let kept = '';
  for (const { index, 0: end } of html.matchAll(/<\/(?:p|ul|li)>/g)) {
    const upTo = html.slice(0, index + end.length) + (end === '</li>' ? '</ul>' : '');
    if (upTo.length + CUT_MARK.length > max) break;
    kept = upTo;
  }
  return kept === '' ? cutBlock(html, max) : kept + CUT_MARK;
}

/** No half tag, no half entity, every element closed. */
function cutBlock(html: string, max: number): string {
  const text = html.replace(/<(?!br>)[^>]*>/g, '').slice(0, max - '<p>…</p>'.length);
  return `<p>${text.replace(/(?:<[^>]*|&[^;]*)$/, '')}…</p>`;
}
