import { bool, formatted, oneOf, repos, secret } from '../kinds.ts';
import { group } from '../setting.ts';

function readZone(text: string): string | undefined {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: text }).resolvedOptions().timeZone && text;
  } catch {
    return undefined;
  }
}

export const i18n = group('i18n', {
  ORCH_LANG: oneOf(['en', 'ru'], 'language of messages and comments', { default: 'en' }),
  ORCH_TZ: formatted(
    { type: 'IANA zone', expected: 'an IANA time zone such as Europe/Berlin', read: readZone },
    'times in messages, quiet hours, digest, budget day',
    { default: 'UTC' },
  ),
});

export const security = group('security', {
  ORCH_ADMIN_TOKEN: secret('bearer token of mutating HTTP routes; unset ⇒ they do not exist', {}),
  ORCH_ALLOW_UNSIGNED_WEBHOOKS: bool(false, 'accept webhook requests without a secret'),
});

/** Scopes narrow a gate that is on; they cannot switch on one that is off (SET-5). */
export const scopes = group('scopes', {
  ORCH_SECURITY_GATE_REPOS: repos('narrows the security gate'),
  ORCH_IMAGE_FRESHNESS_REPOS: repos('narrows the image freshness gate'),
  ORCH_MERGE_GATE_REPOS: repos('narrows the merge gate'),
  ORCH_MERGE_VERIFY_REPOS: repos('narrows the merge verification'),
  ORCH_POST_DEPLOY_REPOS: repos('narrows the watch after a deploy'),
  ORCH_SERIAL_GATE_REPOS: repos('narrows the serial gate'),
  ORCH_AUTO_LABEL_REPOS: repos('narrows the automatic labels'),
});
