// Keeps a page of the board fresh, and signs in where Telegram opened it. Pages are whole without this script.

const main = document.querySelector('main');
const connection = document.querySelector('.connection');
const everyMs = Number(main?.dataset.refresh ?? 0) * 1000;
let tag = '';

/** The page as a document: scripts in it do not run, and no text becomes markup here. */
function fetchPage() {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.open('GET', location.href);
    request.responseType = 'document';
    request.timeout = 10_000;
    if (tag) request.setRequestHeader('If-None-Match', tag);
    request.onloadend = () => resolve(request);
    request.send();
  });
}

const partsOf = (root) =>
  new Map([...root.querySelectorAll('[data-part]')].map((node) => [node.dataset.part, node]));
const openKeys = (root) =>
  new Set([...root.querySelectorAll('details[open][data-key]')].map((node) => node.dataset.key));

/** What a person has unfolded stays unfolded. */
function adopt(node, keys) {
  const copy = document.adoptNode(node);
  for (const one of copy.querySelectorAll('details[data-key]')) one.open = keys.has(one.dataset.key);
  return copy;
}

/** Replaces only what has changed, so that nothing jumps under a finger. */
function renew(fresh) {
  const next = fresh.querySelector('main');
  if (!next) return;
  const keys = openKeys(main);
  const [before, after] = [partsOf(main), partsOf(next)];
  const same = before.size === after.size && [...after.keys()].every((name) => before.has(name));
  if (!same) {
    main.replaceChildren(...[...adopt(next, keys).childNodes]);
    return;
  }
  for (const [name, node] of after) {
    const old = before.get(name);
    for (const one of node.querySelectorAll('details[data-key]')) one.open = keys.has(one.dataset.key);
    if (old.outerHTML !== node.outerHTML) old.replaceWith(document.adoptNode(node));
  }
}

function say(state) {
  if (!connection) return;
  connection.textContent = connection.dataset[state];
  connection.dataset.state = state;
}

const atEnd = () => innerHeight + scrollY >= document.documentElement.scrollHeight - 40;
const isBusy = () => document.hidden || !getSelection()?.isCollapsed;

async function look() {
  if (isBusy()) return;
  const { status, response, getResponseHeader } = await fetchPage().then((request) => ({
    status: request.status,
    response: request.response,
    getResponseHeader: (name) => request.getResponseHeader(name),
  }));
  if (status === 401) {
    say('out');
    return;
  }
  say(status === 200 || status === 304 ? 'live' : 'offline');
  if (status !== 200 || !response) return;
  tag = getResponseHeader('ETag') ?? '';
  const follows = 'follow' in main.dataset && atEnd();
  renew(response);
  if (follows) scrollTo(0, document.documentElement.scrollHeight);
}

async function watch() {
  if (everyMs === 0) return;
  if ('follow' in main.dataset) scrollTo(0, document.documentElement.scrollHeight);
  for (;;) {
    await look();
    await new Promise((resolve) => {
      setTimeout(resolve, everyMs);
      document.addEventListener('visibilitychange', resolve, { once: true });
    });
  }
}

/** A Mini App brings its signed data behind the `#`; the server checks the signature and sends us to the board. */
function signIn() {
  const initData = new URLSearchParams(location.hash.slice(1)).get('tgWebAppData');
  const form = document.querySelector('[data-enter] form');
  if (!form || !initData) return;
  const field = form.elements.namedItem('token');
  field.name = 'init_data';
  field.value = initData;
  form.submit();
}

signIn();
await watch();
