import type { Style } from '../format.ts';
import { html } from '../html.ts';
import { layout } from './layout.ts';

/** For somebody we do not know. Inside Telegram the script signs in with what the client brings along. */
export const enterPage = (style: Style, { refused }: { refused: boolean }): string =>
  layout(style, {
    title: style.words.enterTitle,
    at: null,
    refreshS: null,
    body: html`<section class="enter" data-enter>
  <h1>${style.words.enterTitle}</h1>
  ${refused ? html`<p class="refusal" role="alert">${style.words.enterRefused}</p>` : ''}
  <p>${style.words.enterText}</p>
  <form method="post" action="/board/session">
    <label for="token">${style.words.token}</label>
    <input id="token" name="token" type="password" autocomplete="current-password" required>
    <button>${style.words.open}</button>
  </form>
  <p class="quiet">${style.words.enterChat}</p>
</section>`,
  });

/** Nothing at this address that this person may see. */
export const gonePage = (style: Style): string =>
  layout(style, {
    title: style.words.gone,
    at: null,
    refreshS: null,
    body: html`<section class="enter">
  <h1>${style.words.gone}</h1>
  <p>${style.words.goneText}</p>
  <p><a class="button" href="/board">${style.words.back}</a></p>
</section>`,
  });
