import { type Html, html } from '../html.ts';

/** A bar of the chart by day. */
export interface Bar {
  label: string;
  value: number;
  /** What a finger or a pointer on it tells. */
  title: string;
}

const HEIGHT = 120;
const FLOOR = 2;

/** Bars side by side, drawn in units that the page stretches; the highest value is at the top. */
export function barChart(bars: readonly Bar[], { label, top }: { label: string; top: string }): Html {
  const most = Math.max(...bars.map(({ value }) => value), 0);
  const height = (value: number): number =>
    value === 0 || most === 0 ? 0 : Math.max(FLOOR, Math.round((value / most) * HEIGHT));
  const step = 10;
  return html`<figure class="chart">
<span class="most">${top}</span>
<svg viewBox="0 0 ${bars.length * step} ${HEIGHT}" preserveAspectRatio="none" role="img" aria-label="${label}">
${bars.map(({ value, title }, index) => {
  const tall = height(value);
  return html`<g><rect class="ground" x="${index * step}" y="0" width="${step}" height="${HEIGHT}"/><rect class="bar-${value > 0 ? 'full' : 'none'}" x="${index * step + 1.5}" y="${HEIGHT - tall}" width="${step - 3}" height="${tall}" rx="1"/><title>${title}</title></g>`;
})}
</svg>
<figcaption><span>${bars[0]?.label ?? ''}</span><span>${bars.at(-1)?.label ?? ''}</span></figcaption>
</figure>`;
}

/** One row of a table as a bar: how much of the most it is. */
export const share = (value: number, most: number): Html =>
  html`<svg class="share" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true"><rect width="${most > 0 ? Math.max(1, Math.round((100 * value) / most)) : 0}" height="8" rx="2"/></svg>`;

/** Parts of a whole in one line; `tone` names the colour. */
export function stackedBar(parts: readonly { tone: string; value: number; title: string }[]): Html {
  const whole = parts.reduce((sum, { value }) => sum + value, 0) || 1;
  let at = 0;
  return html`<svg class="stack" viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true">
${parts.map(({ tone, value, title }) => {
  const width = (1000 * value) / whole;
  const x = at;
  at += width;
  return html`<rect class="part-${tone}" x="${x.toFixed(1)}" width="${width.toFixed(1)}" height="10"><title>${title}</title></rect>`;
})}
</svg>`;
}
