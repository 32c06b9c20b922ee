import {
  type Attributes,
  type Context,
  context,
  propagation,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { describeError } from './errors.ts';

/** What happens, as spans of a trace (REC-143). Without an endpoint every call does nothing but the work itself. */
export interface SpanOrder {
  name: string;
  attributes?: Attributes;
  /** W3C trace context of what caused it; absent: the span that is open here, else a new trace. */
  traceparent?: string | undefined;
}

const SCOPE = 'orchestrator';
const carrierOf = (traceparent: string | undefined): Record<string, string> =>
  traceparent === undefined ? {} : { traceparent };
const parentOf = ({ traceparent }: SpanOrder): Context =>
  traceparent === undefined
    ? context.active()
    : propagation.extract(context.active(), carrierOf(traceparent));

/** The trace context that is open here, for a job's payload; undefined while nothing is traced. */
export function currentTraceparent(): string | undefined {
  const carrier: Record<string, string> = {};
  propagation.inject(context.active(), carrier);
  return carrier.traceparent;
}

/** Runs `work` in a span of its own; a throw ends the span as an error and goes on. */
export async function traced<T>(order: SpanOrder, work: () => Promise<T>): Promise<T> {
  const parent = parentOf(order);
  const span = trace.getTracer(SCOPE).startSpan(order.name, attributesOf(order), parent);
  try {
    return await context.with(trace.setSpan(parent, span), work);
  } catch (error) {
    span.setStatus({ code: SpanStatusCode.ERROR, message: describeError(error) });
    throw error;
  } finally {
    span.end();
  }
}

/** The same for work that does not wait. */
export function tracedNow<T>(order: SpanOrder, work: () => T): T {
  const parent = parentOf(order);
  const span = trace.getTracer(SCOPE).startSpan(order.name, attributesOf(order), parent);
  try {
    return context.with(trace.setSpan(parent, span), work);
  } finally {
    span.end();
  }
}

const attributesOf = ({ attributes }: SpanOrder) => (attributes === undefined ? {} : { attributes });

export interface TracingOptions {
  /** `ORCH_OTLP_ENDPOINT`: base address of an OTLP/HTTP receiver, or the whole `…/v1/traces`. */
  endpoint: string;
  version: string;
  host: string;
}

/** Starts to send spans; the returned function sends what is left and stops. The SDK is loaded only here. */
export async function startTracing({
  endpoint,
  version,
  host,
}: TracingOptions): Promise<() => Promise<void>> {
  const [sdk, exporter, resources, hooks, core] = await Promise.all([
    import('@opentelemetry/sdk-trace-base'),
    import('@opentelemetry/exporter-trace-otlp-http'),
    import('@opentelemetry/resources'),
    import('@opentelemetry/context-async-hooks'),
    import('@opentelemetry/core'),
  ]);
  const url = /\/v1\/traces\/?$/.test(endpoint) ? endpoint : `${endpoint.replace(/\/+$/, '')}/v1/traces`;
  const provider = new sdk.BasicTracerProvider({
    resource: resources.resourceFromAttributes({
      'service.name': SCOPE,
      'service.version': version,
      'host.name': host,
    }),
    spanProcessors: [
      new sdk.BatchSpanProcessor(new exporter.OTLPTraceExporter({ url }), { scheduledDelayMillis: 1_000 }),
    ],
  });
  const manager = new hooks.AsyncLocalStorageContextManager().enable();
  trace.setGlobalTracerProvider(provider);
  context.setGlobalContextManager(manager);
  propagation.setGlobalPropagator(new core.W3CTraceContextPropagator());
  return async () => {
    await provider.shutdown().catch(() => undefined);
    for (const api of [trace, context, propagation]) api.disable();
  };
}
