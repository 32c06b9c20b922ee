import type { Counters } from './monitor.ts';

const SAMPLE = /^([A-Za-z_:][\w:]*)\{(.*)\}\s+(\S+)/;
const STATUS_LABEL = /(?:^|,)\s*(?:status|code|status_code|http_status)="([^"]*)"/;
/** How the counters of requests end, as the common libraries name them. */
const REQUESTS = /requests?(?:_total|_count|_duration_seconds_count)?$/;

const isHttpRequestCounter = (name: string): boolean => {
  const at = name.search(REQUESTS);
  return at > 0 && name.slice(0, at).includes('http');
};

/**
 * Sums HTTP requests and 5xx answers in Prometheus text: counters whose name speaks of http requests and that carry
 * a status label. Null when the text holds none, so that "no metrics" never reads as "no errors".
 */
export function readCounters(text: string): Counters | null {
  const samples = text.split('\n').flatMap((line) => {
    const [, name = '', labels = '', value = ''] = SAMPLE.exec(line) ?? [];
    const status = STATUS_LABEL.exec(labels)?.[1];
    return isHttpRequestCounter(name) && status && Number.isFinite(Number(value))
      ? [{ status, value: Number(value) }]
      : [];
  });
  if (samples.length === 0) return null;
  const sum = (wanted: typeof samples) => wanted.reduce((total, { value }) => total + value, 0);
  return { requests: sum(samples), fiveXx: sum(samples.filter(({ status }) => /^5/.test(status))) };
}
