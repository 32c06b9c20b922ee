import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createHmacVerifier } from '../../../src/http/secret.ts';
import {
  PLANE_SIGNATURE_HEADERS,
  parsePlaneWebhook,
  planeDeliveryId,
} from '../../../src/tracker/plane/webhook.ts';
import { toPlaneIssue } from '../../../src/tracker/plane/wire.ts';

const PROJECT = 'a1b2c3d4-0000-4000-8000-000000000001';
const ISSUE = 'a1b2c3d4-0000-4000-8000-000000000002';
const projects = {
  byProject: (id: string) => (id === PROJECT ? 'shop-api' : null),
  byIssue: (id: string) => (id === ISSUE ? 'shop-api' : null),
};
const parse = (payload: unknown, headers = {}) => parsePlaneWebhook(payload, headers, projects);
const data = { id: ISSUE, project: PROJECT };

describe('PLANE-42 event names', () => {
  test.each([
    [{ event: 'issue', action: 'created' }, 'created'],
    [{ event: 'issue', action: 'create' }, 'created'],
    [{ event: 'workitem.created' }, 'created'],
    [{ event: 'issue', action: 'updated' }, 'updated'],
    [{ event: 'ISSUE', action: 'Update' }, 'updated'],
    [{ event: 'workitem.updated' }, 'updated'],
    [{ event: 'WebhookScope.ScopeChoices.WORK_ITEM_UPDATED' }, 'updated'],
    [{ event: 'issue', action: 'deleted' }, 'deleted'],
    [{ event: 'workitem.deleted' }, 'deleted'],
    [{ event: 'workitem.relation.created' }, 'relation'],
    [{ event: 'workitem.dependency.deleted' }, 'relation'],
    [{ event: 'cycle.updated', entity_type: 'issue' }, 'updated'],
  ])('%j is %s', (event, what) => {
    expect(parse({ ...event, data })).toMatchObject({ event: { what, repo: 'shop-api', issue: ISSUE } });
  });

  test.each([
    [{ event: 'issue_comment', action: 'created' }],
    [{ event: 'comment.created' }],
    [{ event: 'workitem.comment.created' }],
  ])('%j is a comment of its issue, wherever the issue stands', (event) => {
    for (const where of [{ issue: ISSUE }, { comment: { issue_id: ISSUE } }])
      expect(parse({ ...event, data: { id: 'c1', project: PROJECT, ...where } })).toMatchObject({
        event: { what: 'comment', issue: ISSUE },
      });
  });

  test('the header names the event where the body does not', () => {
    const headers = { 'x-plane-event': 'workitem.updated' };
    expect(parse({ data }, headers)).toMatchObject({ event: { what: 'updated' } });
  });

  test.each([
    [null],
    [7],
    [[]],
    ['text'],
    [{}],
    [{ event: 'cycle', action: 'created', data }],
    [{ event: 'issue', action: 'updated', data: {} }],
    [{ event: 7, action: {}, data: [] }],
  ])('%j is ignored as an unsupported event', (payload) => {
    expect(parse(payload)).toEqual({ ignored: 'unsupported event' });
  });
});

test('no JSON whatsoever makes the parser throw, or passes for an event of ours without an issue', () => {
  fc.assert(
    fc.property(
      fc.jsonValue(),
      fc.jsonValue(),
      fc.constantFrom('issue', 'constructor', '__proto__', 'workitem.updated'),
      (a, b, name) => {
        for (const payload of [
          a,
          { event: name, action: a, data: b },
          { event: name, data: { id: a, project: b, state: a }, activity: b },
        ]) {
          const parsed = parse(payload);
          if ('event' in parsed) {
            expect(typeof parsed.event.issue).toBe('string');
            expect(['created', 'updated', 'deleted', 'comment', 'relation']).toContain(parsed.event.what);
          }
        }
        toPlaneIssue(a);
      },
    ),
  );
});

describe('PLANE-43 fields', () => {
  test.each([
    [{ project: PROJECT }],
    [{ project_id: PROJECT }],
    [{ project: { id: PROJECT } }],
    [{ project: 'None' }],
    [{ project: '' }],
    [{}],
  ])('the project %j is found, by the issue where the payload has none', (project) => {
    expect(parse({ event: 'workitem.updated', data: { id: ISSUE, ...project } })).toMatchObject({
      event: { repo: 'shop-api' },
    });
  });

  test('an unknown project and no project at all are ignored with their own reasons', () => {
    expect(parse({ event: 'workitem.updated', data: { id: ISSUE, project: 'other' } })).toEqual({
      ignored: 'unknown project',
    });
    expect(parse({ event: 'workitem.updated', data: { id: 'unknown' } })).toEqual({ ignored: 'no project' });
  });

  test('the entity id stands in for a missing issue id', () => {
    expect(parse({ event: 'workitem.updated', entity_id: ISSUE, data: { project: PROJECT } })).toMatchObject({
      event: { issue: ISSUE },
    });
  });
});

describe('PLANE-44 state changes', () => {
  test.each([
    [{ activity: { field: 'state' } }, true],
    [{ activity: { field: 'state_id' } }, true],
    [{ activity: { field: 'name' }, data: { ...data, state: 's' } }, false],
    [{ previous_attributes: { state: 's' } }, true],
    [{ previous_attributes: { state_id: 's' } }, true],
    [{ previous_attributes: { name: 'x' }, data: { ...data, state: 's' } }, false],
    [{ data: { ...data, state: 's' } }, true],
    [{ data: { ...data, state_id: 's' } }, true],
    [{ data: { ...data, state: { id: 's' } } }, true],
    [{ data: { ...data, state: 'None' } }, false],
    [{ activity: { field: null }, data: { ...data, state: 's' } }, true],
    [{}, false],
  ])('%j changes the state: %s', (more, stateChanged) => {
    expect(parse({ event: 'issue', action: 'updated', data, ...more })).toMatchObject({
      event: { stateChanged },
    });
  });
});

describe('PLANE-39 signature, PLANE-41 delivery ids', () => {
  const raw = Buffer.from('{"event":"issue","name":"корзина"}');
  const verify = createHmacVerifier('plane_wh_1', PLANE_SIGNATURE_HEADERS);
  const good = createHmac('sha256', 'plane_wh_1').update(raw).digest('hex');
  test.each([
    [good, true],
    [` ${good.toUpperCase()} `, true],
    [good.slice(1), false],
    [`${good}00`, false],
    ['', false],
    [undefined, false],
    [createHmac('sha256', 'other').update(raw).digest('hex'), false],
  ])('the signature %s is accepted: %s', (given, accepted) => {
    expect(verify(raw, { 'x-plane-signature': given })).toBe(accepted);
  });

  test('the same body is the same delivery; the same event_id with a new body too', () => {
    expect(planeDeliveryId(raw, {})).toBe(planeDeliveryId(Buffer.from(raw), {}));
    expect(planeDeliveryId(raw, {})).not.toBe(planeDeliveryId(Buffer.from('{}'), {}));
    expect(planeDeliveryId(raw, { event_id: 'e1' })).toBe('plane:event:e1');
    expect(planeDeliveryId(Buffer.from('{"x":1}'), { event_id: 'e1' })).toBe('plane:event:e1');
    expect(planeDeliveryId(raw, { event_id: 'None' })).toBe(planeDeliveryId(raw, {}));
  });
});
