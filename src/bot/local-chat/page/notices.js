import { element } from './icons.js';
import { say } from './texts.js';

const TOAST_MS = 4500;

/** Short notices over the chat, alerts that want a tap, and the soft sound. */
export function createNotices({ toasts, dialog }) {
  const text = dialog.querySelector('p');
  const button = dialog.querySelector('button');
  button.onclick = () => dialog.close();

  return {
    toast(message) {
      const node = element('div', { className: 'toast', dir: 'auto' }, message);
      toasts.append(node);
      while (toasts.children.length > 3) toasts.firstElementChild.remove();
      setTimeout(() => {
        node.classList.add('leaving');
        node.addEventListener('animationend', () => node.remove(), { once: true });
        setTimeout(() => node.remove(), 600);
      }, TOAST_MS);
    },
    alert(message) {
      text.textContent = message;
      button.textContent = say('ok');
      if (!dialog.open) dialog.showModal();
    },
  };
}

/** Two soft notes. Off until the person turns it on; the choice is remembered in this browser. */
export function createSound() {
  let context;
  const note = (frequency, at) => {
    const oscillator = context.createOscillator();
    const gain = context.createGain();
    oscillator.frequency.value = frequency;
    gain.gain.setValueAtTime(0, at);
    gain.gain.linearRampToValueAtTime(0.06, at + 0.02);
    gain.gain.exponentialRampToValueAtTime(0.0001, at + 0.35);
    oscillator.connect(gain).connect(context.destination);
    oscillator.start(at);
    oscillator.stop(at + 0.4);
  };
  return {
    get on() {
      return localStorage.getItem('sound') === 'on';
    },
    toggle() {
      localStorage.setItem('sound', this.on ? 'off' : 'on');
      this.play();
    },
    play() {
      if (!this.on) return;
      context ??= new AudioContext();
      note(587, context.currentTime);
      note(784, context.currentTime + 0.11);
    },
  };
}
