/** The page's own words; everything else on screen comes from the bot. */
const TEXTS = {
  en: {
    online: 'here and listening',
    connecting: 'connecting…',
    typing: 'working…',
    lost: 'Connection lost. Trying again…',
    locked: 'This browser is not signed in any more. Open the link from the terminal again.',
    placeholder: 'Message',
    placeholderReply: 'Reply',
    placeholderEdit: 'Edit message',
    send: 'Send',
    commands: 'Commands',
    reply: 'Reply',
    edit: 'Edit',
    cancel: 'Cancel',
    you: 'You',
    edited: 'edited',
    silent: 'sent silently',
    sounding: 'sent with sound',
    soundOn: 'Sound is on. Turn it off',
    soundOff: 'Sound is off. Turn it on',
    toEnd: 'To the newest message',
    ok: 'OK',
    notSent: 'Not sent. Your text is still here.',
    noAnswer: 'The bot did not answer.',
    gone: 'This button is gone.',
    copied: 'Copied',
    download: 'Download',
    messages: 'Messages',
    empty: 'Nothing here yet',
    emptyHint: 'Write what should be built, or send /start.',
    spoiler: 'Hidden text. Show it',
    today: 'Today',
    yesterday: 'Yesterday',
  },
  ru: {
    online: 'на связи',
    connecting: 'подключение…',
    typing: 'работает…',
    lost: 'Связь потеряна. Пробую снова…',
    locked: 'Этот браузер больше не допущен. Откройте ссылку из терминала ещё раз.',
    placeholder: 'Сообщение',
    placeholderReply: 'Ответ',
    placeholderEdit: 'Правка сообщения',
    send: 'Отправить',
    commands: 'Команды',
    reply: 'Ответить',
    edit: 'Изменить',
    cancel: 'Отмена',
    you: 'Вы',
    edited: 'изменено',
    silent: 'без звука',
    sounding: 'со звуком',
    soundOn: 'Звук включён. Выключить',
    soundOff: 'Звук выключен. Включить',
    toEnd: 'К последнему сообщению',
    ok: 'Понятно',
    notSent: 'Не отправлено. Текст сохранён.',
    noAnswer: 'Бот не ответил.',
    gone: 'Этой кнопки больше нет.',
    copied: 'Скопировано',
    download: 'Скачать',
    messages: 'Сообщения',
    empty: 'Пока пусто',
    emptyHint: 'Напишите, что нужно сделать, или отправьте /start.',
    spoiler: 'Скрытый текст. Показать',
    today: 'Сегодня',
    yesterday: 'Вчера',
  },
};

let language = 'en';

/** Chooses the language of the page. */
export function useLanguage(name) {
  language = Object.hasOwn(TEXTS, name) ? name : 'en';
  document.documentElement.lang = language;
}

/** A text in the chosen language. */
export const say = (key) => TEXTS[language][key] ?? TEXTS.en[key] ?? key;

/** Hours and minutes of an epoch second. */
export const timeOf = (seconds) =>
  new Intl.DateTimeFormat(language, { hour: '2-digit', minute: '2-digit', hour12: false }).format(
    seconds * 1000,
  );

/** Full date and time, for tooltips. */
export const momentOf = (seconds) =>
  new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'medium' }).format(seconds * 1000);

/** A key that is the same for all moments of one local day. */
export const dayKey = (seconds) => new Date(seconds * 1000).toDateString();

/** The name of a day: today, yesterday, or its date. */
export function dayName(seconds) {
  const now = Date.now() / 1000;
  if (dayKey(seconds) === dayKey(now)) return say('today');
  if (dayKey(seconds) === dayKey(now - 86_400)) return say('yesterday');
  return new Intl.DateTimeFormat(language, { day: 'numeric', month: 'long' }).format(seconds * 1000);
}

/** A size for people. */
export function sizeOf(bytes) {
  const units = ['B', 'KB', 'MB'];
  const step = Math.min(units.length - 1, Math.floor(Math.log(Math.max(bytes, 1)) / Math.log(1024)));
  return `${(bytes / 1024 ** step).toFixed(step === 0 ? 0 : 1)} ${units[step]}`;
}
