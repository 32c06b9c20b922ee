import type { Words } from './words.ts';

const dot = (reason: string): string => (reason === '' ? '' : ` (${reason})`);

/** tracker.md section 9, Russian. */
export const RU: Words = {
  verdict: 'Verdict',
  status: 'Status',
  duration: 'Длительность',
  documents: 'Документы:',
  analystDone: ({ approved, rejected }) =>
    [
      'Подготовил BRD / ТЗ / Acceptance Criteria.',
      approved === null
        ? 'Для продвижения нажмите «Одобрить» в чате.'
        : `Для продвижения переведите задачу в статус ${approved}.`,
      rejected === null
        ? 'Чтобы вернуть, нажмите «Отклонить» в чате.'
        : `Чтобы вернуть, напишите причину комментарием и переведите задачу в статус ${rejected}.`,
    ].join(' '),
  roleDone: {
    architect: 'Завершил архитектурную проработку. См. ADR ниже.',
    developer: 'Завершил разработку. См. PR / branch ниже.',
    reviewer: 'Завершил ревью изменений.',
    tester: 'Завершил прогон тестов.',
    'deploy-staging': 'Завершил staging-деплой.',
    deploy: 'Завершил прод-деплой.',
  },
  specification: 'ТЗ (TRZ)',
  questions: {
    title: 'Аналитику нужны уточнения',
    howTo: (toAnalyse) =>
      toAnalyse === null
        ? 'Ответьте в чате.'
        : `Ответьте комментарием и переведите задачу в статус ${toAnalyse} или ответьте в чате.`,
  },
  started: '🔍 Analyst начал работу: BRD, ТЗ, Acceptance Criteria и Test Plan. Обычно 8–15 минут.',
  empty: '⚠️ Analyst завершил работу без документов и без вопросов. Смотрите лог запуска.',
  relaunched: (role) => `🔄 ${role} перезапущен с учётом ваших ответов.`,
  stage: ({ old, next, role }) => `🔄 Этап: ${old} → ${next}${role === null ? '' : ` (запускается ${role})`}`,
  gateFailed: ({ stage, check, reason }) => `⚠️ QG не пройден на этапе ${stage}: ${check} — ${reason}`,
  conflict: (reason) => `⚠️ Конфликт с ТЗ, задача возвращена в анализ: ${reason}`,
  rollback: ({ what, reason, n, max }) =>
    `❌ ${what}: ${reason}. Возврат в разработку, developer перезапущен (доработка ${n}/${max}).`,
  rollbackCauses: {
    review: 'Ревью вернуло на доработку',
    'pr-review': 'Ревью вернуло на доработку',
    tests: 'Тесты не прошли',
    ci: 'CI не прошёл',
    security: 'Проверка безопасности не пройдена',
    merge: 'Конфликт при rebase',
    retest: 'Объединённое дерево не прошло проверки',
    image: 'Образ не собран',
    fix: 'Передано разработчику',
  },
  stagingFailed: (reason) => `❌ Staging gate FAILED (${reason}). Возврат в разработку, нужно решение.`,
  deployFailed: (reason) => `❌ Deploy FAILED (${reason}). Возврат в разработку, нужно решение.`,
  rejectedAtAnalysis: (reason) => `🔄 Возврат: analyst перезапущен. Причина: ${reason}`,
  rejected: ({ old, prev, role, reason }) =>
    `🔄 Возврат: ${old} → ${prev}, ${role} перезапущен. Причина: ${reason}`,
  noReason: 'отклонено без комментария',
  blocked: ({ stage, reason, action }) =>
    `⛔ Заблокировано на этапе ${stage}: ${reason}. Что дальше: ${action}`,
  actions: {
    'analysis-empty': 'посмотрите лог, затем «Повторить» или «Остановить» в чате',
    'rework-exhausted': 'прочитайте отказы, затем «Повторить» или «Остановить» в чате',
    'no-progress': 'прочитайте отказы, затем «Повторить» или «Остановить» в чате',
    'no-verdict': 'посмотрите лог, затем «Повторить» или «Остановить» в чате',
    'cannot-verify': 'посмотрите лог, затем «Повторить» в чате',
    'ci-timeout': 'проверьте CI, затем «Проверить снова» в чате',
    'ci-silent': 'проверьте, что CI настроен, затем «Проверить снова» в чате',
    'staging-failed': 'выберите «Проверить снова» или «Разработчику» в чате',
    'deploy-failed': 'выберите «Деплой снова» или «Разработчику» в чате',
    'dep-cycle': 'уберите одну из зависимостей',
    'agent-failed': 'посмотрите лог, затем «Повторить» в чате',
    'provider-exhausted': 'проверьте поставщика модели, затем «Повторить» в чате',
    'analysis-returns': 'устраните противоречие в задаче, затем «Повторить» в чате',
    'project-changed': 'проверьте реестр проектов, затем «Повторить» или «Остановить» в чате',
    'step-faulted': 'посмотрите лог, затем «Повторить» в чате',
    'restart-loop': 'посмотрите лог, затем «Повторить» в чате',
    runaway: 'посмотрите лог, затем «Повторить» или «Остановить» в чате',
    restored: 'проверьте состояние задачи, затем «Повторить» или «Остановить» в чате',
    'unknown-state': 'проверьте состояние задачи, затем «Повторить» или «Остановить» в чате',
    other: '«Повторить» или «Остановить» в чате',
  },
  approvedBy: (actor) => `✅ Одобрено: ${actor}.`,
  confirmedBy: (sha, actor) => `🚀 Деплой ${sha} подтверждён: ${actor}.`,
  autoApproved: (label) => `🤖 Одобрено по метке ${label}.`,
  autoConfirmed: (sha, label) => `🤖 Деплой ${sha} подтверждён меткой ${label}.`,
  confirm: ({ merge, sha, time, state }) =>
    [
      `🟡 Готово к ${merge ? 'слиянию' : 'деплою'} ${sha}.`,
      state === null
        ? 'Чтобы продолжить, нажмите «Подтвердить» в чате.'
        : `Чтобы продолжить, переведите задачу в статус ${state} или нажмите «Подтвердить» в чате.`,
      `Действует до ${time}.`,
    ].join(' '),
  confirmVoid: (reason) =>
    `🟡 Подтверждение деплоя больше не действует (${reason}). Merge gate запускается снова, затем будет новый запрос.`,
  hold: (reason) => `⏸️ HOLD на этапе deploy: ${reason}. Откат не выполнялся.`,
  done: '✅ Задача завершена! PR слит и выложен.',
  doneMerged: '✅ Задача завершена! PR слит.',
  watch: (state, reason) =>
    `${state === 'DEGRADED' ? '🚨' : 'ℹ️'} Наблюдение после деплоя: ${state}${dot(reason)}.`,
  stopped: (archive) => `🛑 Остановлено.${archive === null ? '' : ` Наработки сохранены: ${archive}.`}`,
  ignored: (status, reason) => `ℹ️ Статус ${status} проигнорирован: ${reason}.`,
  ignoredReasons: {
    stale_stage: 'задача уже на другом этапе',
    stale_attempt: 'это ответ на прежнюю попытку',
    stale_sha: 'это ответ на прежний коммит',
    expired: 'срок запроса на подтверждение истёк',
    duplicate: 'это уже сделано',
    own_echo: 'его установила сама система',
    not_waiting: 'задача этого не ждёт',
    nothing_to_approve: 'ничто не ждёт одобрения',
    nothing_to_confirm: 'ничто не ждёт подтверждения деплоя',
    not_rejectable_now: 'сейчас задачу нельзя вернуть',
    relaunch_only_at_analysis: 'analyst перезапускается только на этапе анализа',
    critical_window: 'идёт слияние или деплой; откат будет предложен после',
    frozen: 'доставка этого проекта заморожена',
    not_allowed: 'это не разрешено',
    terminal: 'задача завершена',
    job_active: 'работа над задачей уже в очереди или идёт',
    unknown_project: 'проект неизвестен',
  },
  intakeTitle: 'QG-0 не пройден:',
  titleShort: (n, min) => `Title слишком короткий: ${n} символов, минимум ${min}`,
  titleLong: (n, max) => `Title слишком длинный: ${n} символов, максимум ${max}`,
  descriptionShort: (n, min) => `Description слишком короткое: ${n} символов, минимум ${min}`,
  total: 'Итого по задаче:',
  in: 'вход',
  out: 'выход',
};
