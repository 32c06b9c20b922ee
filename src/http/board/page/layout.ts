import type { Style } from '../format.ts';
import { type Html, html } from '../html.ts';

export interface Layout {
  title: string;
  /** Which entry of the bar is current. */
  at: 'board' | 'costs' | null;
  /** Seconds between looks for news; null: it does not change. */
  refreshS: number | null;
  /** Keeps its end in view while it grows. */
  follow?: boolean;
  body: Html;
}

const STYLES = ['shell', 'overview', 'task', 'costs'];

/** The whole page around its content. */
export function layout({ words, lang }: Style, { title, at, refreshS, follow, body }: Layout): string {
  const current = (name: Layout['at']): string => (name === at ? 'page' : 'false');
  return html`<!doctype html>
<html lang="${lang}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
<meta name="color-scheme" content="light dark">
<title>${title} · Orchestrator</title>
${STYLES.map(
  (name) => html`<link rel="stylesheet" href="/board/assets/${name}.css">
`,
)}
<link rel="icon" href="/board/assets/icon.svg" type="image/svg+xml">
<script type="module" src="/board/assets/board.js"></script>
</head>
<body>
<header class="bar">
  <a class="home" href="/board"><img src="/board/assets/icon.svg" alt="" width="28" height="28"><span>Orchestrator</span></a>
  <nav>
    <a href="/board" aria-current="${current('board')}">${words.board}</a>
    <a href="/board/costs" aria-current="${current('costs')}">${words.costs}</a>
  </nav>
  ${refreshS === null ? '' : html`<p class="connection" data-live="${words.live}" data-offline="${words.offline}" data-out="${words.signedOut}" role="status"></p>`}
</header>
<main data-refresh="${refreshS ?? 0}"${follow ? html` data-follow` : ''}>
${body}
</main>
</body>
</html>
`.text;
}
