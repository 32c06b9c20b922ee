/** Talks to the server: state, actions, events. Every failure is a rejected promise with a short message. */
async function request(path, options) {
  const response = await fetch(path, { credentials: 'same-origin', ...options });
  if (response.status === 401 || response.status === 403)
    throw Object.assign(new Error('locked'), { locked: true });
  const body = await response.json();
  if (!response.ok) throw Object.assign(new Error(body.error), { refused: true });
  return body;
}

const post = (path, body) =>
  request(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

export const loadState = () => request('/api/state');
export const loadOlder = (before) => request(`/api/messages?before=${before}`);
export const loadCommands = () => request('/api/commands');
export const sendText = (text, replyTo) => post('/api/say', { text, replyTo });
export const editText = (messageId, text) => post('/api/edit', { messageId, text });
export const pressButton = (messageId, data) => post('/api/press', { messageId, data });

/**
 * Follows the event stream from a position. The browser reconnects by itself and says where it was;
 * `onState` hears `online`, `lost` and `locked`.
 */
export function followEvents(position, { onEvent, onState }) {
  const source = new EventSource(`/events?after=${encodeURIComponent(position)}`);
  let checking = false;
  source.onopen = () => onState('online');
  source.onmessage = (message) => onEvent(JSON.parse(message.data));
  source.onerror = async () => {
    onState('lost');
    if (source.readyState !== EventSource.CLOSED || checking) return;
    // The server answered, but not with a stream: find out whether the session ended.
    checking = true;
    await new Promise((resolve) => setTimeout(resolve, 1500));
    try {
      await loadState();
      onEvent({ kind: 'reset' });
    } catch (error) {
      onState(error.locked ? 'locked' : 'lost');
      if (!error.locked) onEvent({ kind: 'reset' });
    }
    source.close();
  };
  return () => source.close();
}
