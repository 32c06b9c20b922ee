import { expect, test } from 'vitest';
import { webhookInstructions } from '../../../src/tracker/plane/init.ts';

test('PLANE-71 the webhook is set up by hand: address, secret and what the administrator must allow are printed', () => {
  const lines = webhookInstructions({ publicUrl: 'https://orch.example.org/', secretSet: false }).join('\n');
  expect(lines).toContain('https://orch.example.org/webhook/plane');
  expect(lines).toContain('ORCH_PLANE_WEBHOOK_SECRET');
  expect(lines).toContain('WEBHOOK_ALLOWED_IPS');
});
