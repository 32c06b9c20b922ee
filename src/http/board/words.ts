import type { Owner } from '../../pipeline/waiting.ts';
import type { Stretch, Tone } from './data.ts';

/** Everything the board says itself; sentences about a task come with it. */
export interface Words {
  board: string;
  costs: string;
  log: string;
  finished: string;
  agents: string;
  needYou: string;
  today: string;
  of: string;
  paused: string;
  frozen: string;
  nothing: string;
  attempt: string;
  now: string;
  started: string;
  took: string;
  cost: string;
  project: string;
  branch: string;
  returns: string;
  links: { brd: string; pr: string; diff: string; issue: string };
  shas: { tested: string; landed: string; served: string };
  description: string;
  timeline: string;
  whereTimeWent: string;
  evidence: string;
  run: string;
  running: string;
  turns: string;
  tokens: string;
  refused: string;
  showLog: string;
  lines: string;
  noLog: string;
  noLogRight: string;
  byDay: string;
  byProject: string;
  byRole: string;
  top: string;
  total: string;
  runs: string;
  wasted: string;
  days: string;
  all: string;
  noCosts: string;
  live: string;
  offline: string;
  signedOut: string;
  enterTitle: string;
  enterText: string;
  enterChat: string;
  enterRefused: string;
  token: string;
  open: string;
  gone: string;
  goneText: string;
  back: string;
  tones: Readonly<Record<Tone, string>>;
  owners: Readonly<Record<Owner | 'work', string>>;
  waits: Readonly<Record<Stretch['kind'], string>>;
  units: { d: string; h: string; min: string; s: string };
}

const en: Words = {
  board: 'Board',
  costs: 'Costs',
  log: 'Log',
  finished: 'Finished',
  agents: 'agents at work',
  needYou: 'need you',
  today: 'spent today',
  of: 'of',
  paused: 'Paused by',
  frozen: 'is frozen',
  nothing: 'Nothing is under way. Write /new in the chat to start a task.',
  attempt: 'attempt',
  now: 'now',
  started: 'started',
  took: 'took',
  cost: 'cost',
  project: 'project',
  branch: 'branch',
  returns: 'returned to the developer',
  links: { brd: 'Analysis', pr: 'Pull request', diff: 'Diff', issue: 'Issue' },
  shas: { tested: 'tested', landed: 'on main', served: 'served' },
  description: 'What was asked for',
  timeline: 'Timeline',
  whereTimeWent: 'Where the time went',
  evidence: 'evidence',
  run: 'run',
  running: 'running',
  turns: 'turns',
  tokens: 'tokens',
  refused: 'refused',
  showLog: 'log',
  lines: 'lines',
  noLog: 'There is no run log yet.',
  noLogRight: 'Run logs are for operators and owners.',
  byDay: 'By day',
  byProject: 'By project',
  byRole: 'By role',
  top: 'Most expensive tasks',
  total: 'total',
  runs: 'runs',
  wasted: 'on failed or repeated attempts',
  days: 'days',
  all: 'all projects',
  noCosts: 'Nothing was spent in this time.',
  live: 'live',
  offline: 'not reachable, trying again',
  signedOut: 'Signed out. Open the board again.',
  enterTitle: 'Who is there?',
  enterText:
    'The board shows what your agents do, so it is not open to everybody. Enter the admin token of this server (ORCH_ADMIN_TOKEN).',
  enterChat: 'In Telegram: open it with the button below /queue in your private chat with the bot.',
  enterRefused: 'That did not fit. The token may be wrong, or the chat does not know you.',
  token: 'Token',
  open: 'Open',
  gone: 'Not here',
  goneText: 'There is no such task, or you have no access to its project.',
  back: 'Back to the board',
  tones: {
    working: 'at work',
    queued: 'queued',
    you: 'needs you',
    waiting: 'waits',
    stuck: 'stuck',
    done: 'done',
    stopped: 'stopped',
  },
  owners: {
    work: 'agents and gates at work',
    you: 'waiting for a person',
    ci: 'waiting for CI',
    lease: 'waiting for the merge turn',
    dependency: 'waiting for another task',
    'repo gate': 'held back for the repository',
    limit: 'usage limit',
    budget: 'budget',
    system: 'deploying and retrying',
  },
  waits: {
    working: 'at work',
    approval: 'approval of the analysis',
    answers: 'answers to questions',
    'pr-review': 'review of the pull request',
    confirm: 'confirmation of the deploy',
    blocked: 'blocked',
    hold: 'on hold',
    ci: 'CI',
    lease: 'merge turn',
    dependency: 'another task',
    serial: 'turn in the repository',
    frozen: 'freeze',
    paused: 'pause',
    window: 'deploy window',
    limit: 'usage limit',
    budget: 'budget',
    backoff: 'retry',
    breaker: 'service errors',
    runtime: 'agents not ready',
    deploying: 'deploying',
    stopping: 'stopping',
  },
  units: { d: 'd', h: 'h', min: 'min', s: 's' },
};

const ru: Words = {
  board: 'Доска',
  costs: 'Расходы',
  log: 'Лог',
  finished: 'Готово',
  agents: 'агентов в работе',
  needYou: 'ждут вас',
  today: 'потрачено сегодня',
  of: 'из',
  paused: 'Пауза:',
  frozen: 'заморожен',
  nothing: 'Сейчас ничего не делается. Напишите /new в чате, чтобы начать задачу.',
  attempt: 'попытка',
  now: 'сейчас',
  started: 'начато',
  took: 'заняло',
  cost: 'стоимость',
  project: 'проект',
  branch: 'ветка',
  returns: 'возвращено разработчику',
  links: { brd: 'Анализ', pr: 'Pull request', diff: 'Изменения', issue: 'Задача в трекере' },
  shas: { tested: 'проверен', landed: 'в main', served: 'работает' },
  description: 'Что просили',
  timeline: 'Ход работы',
  whereTimeWent: 'Куда ушло время',
  evidence: 'подтверждение',
  run: 'запуск',
  running: 'идёт',
  turns: 'ходов',
  tokens: 'токенов',
  refused: 'отклонено',
  showLog: 'лог',
  lines: 'строк',
  noLog: 'Лога запуска пока нет.',
  noLogRight: 'Логи запусков видят операторы и владельцы.',
  byDay: 'По дням',
  byProject: 'По проектам',
  byRole: 'По ролям',
  top: 'Самые дорогие задачи',
  total: 'всего',
  runs: 'запусков',
  wasted: 'на неудачные и повторные попытки',
  days: 'дней',
  all: 'все проекты',
  noCosts: 'За это время ничего не потрачено.',
  live: 'обновляется',
  offline: 'нет связи, пробую снова',
  signedOut: 'Вход закончился. Откройте доску снова.',
  enterTitle: 'Кто там?',
  enterText:
    'Доска показывает работу ваших агентов, поэтому открыта не всем. Введите токен этого сервера (ORCH_ADMIN_TOKEN).',
  enterChat: 'В Telegram: откройте её кнопкой под /queue в личном чате с ботом.',
  enterRefused: 'Не подошло. Токен неверен, или чат вас не знает.',
  token: 'Токен',
  open: 'Открыть',
  gone: 'Здесь пусто',
  goneText: 'Такой задачи нет, или у вас нет доступа к её проекту.',
  back: 'К доске',
  tones: {
    working: 'в работе',
    queued: 'в очереди',
    you: 'ждёт вас',
    waiting: 'ждёт',
    stuck: 'стоит',
    done: 'готово',
    stopped: 'остановлена',
  },
  owners: {
    work: 'работа агентов и проверок',
    you: 'ожидание человека',
    ci: 'ожидание CI',
    lease: 'ожидание очереди на слияние',
    dependency: 'ожидание другой задачи',
    'repo gate': 'репозиторий закрыт',
    limit: 'лимит использования',
    budget: 'бюджет',
    system: 'выкладка и повторы',
  },
  waits: {
    working: 'работа',
    approval: 'утверждение анализа',
    answers: 'ответы на вопросы',
    'pr-review': 'проверка pull request',
    confirm: 'подтверждение выкладки',
    blocked: 'заблокирована',
    hold: 'удержана',
    ci: 'CI',
    lease: 'очередь на слияние',
    dependency: 'другая задача',
    serial: 'очередь в репозитории',
    frozen: 'заморозка',
    paused: 'пауза',
    window: 'окно выкладки',
    limit: 'лимит использования',
    budget: 'бюджет',
    backoff: 'повтор',
    breaker: 'сбои сервиса',
    runtime: 'агенты не готовы',
    deploying: 'выкладка',
    stopping: 'остановка',
  },
  units: { d: 'д', h: 'ч', min: 'мин', s: 'с' },
};

export type Lang = 'en' | 'ru';
export const WORDS: Readonly<Record<Lang, Words>> = { en, ru };
