import { bool, int, oneOf, path, string, url } from '../kinds.ts';
import { group } from '../setting.ts';

export const server = group('server', {
  ORCH_HTTP_HOST: string('address of the HTTP server', { default: '127.0.0.1' }),
  ORCH_HTTP_PORT: int(
    'port; a staging instance uses 8501 by convention',
    { default: '8500' },
    { min: 1, max: 65535 },
  ),
  ORCH_PUBLIC_URL: url(
    'how this server is reached from outside; used in webhook set-up and status links',
    {},
  ),
  ORCH_DATA_DIR: path('root of all data, also `--data-dir`; the container image sets `/app/data`', {
    default: '~/.orchestrator',
  }),
  ORCH_ENV_FILE: path('file with settings, one `KEY=value` per line', {
    defaultWords: '`.env` in the working directory, else `<data>/.env`',
  }),
  ORCH_RUNS_DIR: path('run logs, briefs, results, markers', {
    default: '<db>/runs',
    defaultWords: '`runs` beside the database',
  }),
  ORCH_OTLP_ENDPOINT: url('OpenTelemetry traces are sent there', {}),
  ORCH_LOG_LEVEL: oneOf(['debug', 'info', 'warn', 'error'], 'least level that is logged', {
    default: 'info',
  }),
  ORCH_LOG_FORMAT: oneOf(['json', 'text'], 'form of a log line', {
    default: '<log>',
    defaultWords: '`text` on a terminal, else `json`',
  }),
  ORCH_LOG_KEEP_DAYS: int('age at which run logs are removed', { default: '30' }, { min: 1 }),
  ORCH_LOG_KEEP_MAX: int('newest run logs kept', { default: '500' }, { min: 1 }),
  ORCH_SHUTDOWN_GRACE_S: int('time for running gates at shutdown', { default: '30' }),
  ORCH_STAGING: bool(false, 'this is a staging instance: staging routes exist, `/status` says so'),
  ORCH_SELF_REPO: string('repository of this product; its project is self-hosting', {
    default: 'orchestrator',
  }),
  ORCH_WEBHOOK_MAX_BYTES: int('body limit of webhook routes', { default: '2097152' }, { min: 1 }),
  ORCH_DELIVERY_KEEP_DAYS: int(
    'how long delivery ids are kept for deduplication',
    { default: '30' },
    { min: 7 },
  ),
  ORCH_WAKE_DEBOUNCE_MS: int('wakes of one task within this time are merged', { default: '1000' }),
});
