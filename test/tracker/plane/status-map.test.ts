import { describe, expect, test } from 'vitest';
import type { StatusKey } from '../../../src/pipeline/stages.ts';
import { controlName, resolveStatuses } from '../../../src/tracker/plane/status-map.ts';
import type { PlaneState } from '../../../src/tracker/plane/wire.ts';
import { ALL_STATES, PLANE_DEFAULTS } from '../../support/plane/state.ts';

const statesOf = (names: readonly (readonly [string, string])[]): PlaneState[] =>
  names.map(([name, group], n) => ({ id: name, name, group: group as PlaneState['group'], sequence: n }));
const mapOf = (names: readonly (readonly [string, string])[], own = {}) =>
  resolveStatuses(statesOf(names), own);

describe('PLANE-18 to PLANE-23 status model', () => {
  test.each<[StatusKey, string | null]>([
    ['backlog', 'Backlog'],
    ['todo', 'Todo'],
    ['in_progress', 'In Progress'],
    ['to_analyse', 'In Progress'],
    ['analysis', 'In Progress'],
    ['needs_input', 'Todo'],
    ['in_review', 'Todo'],
    ['approved', null],
    ['rejected', null],
    ['architecture', 'In Progress'],
    ['development', 'In Progress'],
    ['code_review', 'In Progress'],
    ['testing', 'In Progress'],
    ['deploy_staging', 'In Progress'],
    ['awaiting_deploy', 'Todo'],
    ['confirm_deploy', null],
    ['deploying', 'In Progress'],
    ['monitoring', 'Done'],
    ['done', 'Done'],
    ['blocked', 'Todo'],
    ['cancelled', 'Cancelled'],
    ['stop', null],
  ])('in a new Plane project %s is shown as %s', (key, name) => {
    expect(mapOf(PLANE_DEFAULTS).find(key)?.name ?? null).toBe(name);
  });

  test('with all states every key is found by its own name', () => {
    const map = mapOf([...ALL_STATES, ['Review', 'started']]);
    for (const key of ['to_analyse', 'approved', 'in_review', 'review', 'monitoring', 'stop'] as const)
      expect(map.find(key)?.how).toBe('name');
  });

  test('PLANE-18 names are compared trimmed, without case and with single spaces', () => {
    expect(mapOf([['  to   ANALYSE ', 'unstarted']]).find('to_analyse')?.how).toBe('name');
  });

  test('PLANE-18 of two states with one name the lowest sequence counts, and it is reported', () => {
    const states = statesOf([
      ['Approved', 'started'],
      ['approved', 'started'],
    ]);
    const map = resolveStatuses([...states].reverse());
    expect(map.find('approved')?.id).toBe('Approved');
    expect(map.commandOf('approved')).toBeNull();
    expect(map.duplicates).toEqual(['approved']);
  });

  test('PLANE-20 a control state never stands in for another key', () => {
    const map = mapOf([
      ['Confirm Deploy', 'started'],
      ['To Analyse', 'unstarted'],
      ['Ready', 'unstarted'],
      ['Doing', 'started'],
    ]);
    expect(map.find('in_progress')?.name).toBe('Doing');
    expect(map.find('todo')?.name).toBe('Ready');
    expect(mapOf([['Approved', 'started']]).find('in_progress')).toBeNull();
  });

  test('PLANE-21 In Progress commands only where there is no To Analyse, and only by that name', () => {
    expect(mapOf(PLANE_DEFAULTS).commandOf('In Progress')).toBe('to_analyse');
    expect(mapOf(ALL_STATES).commandOf('In Progress')).toBeNull();
    expect(mapOf([['Doing', 'started']]).commandOf('Doing')).toBeNull();
  });

  test('REG-2 state_names rename a key for one project', () => {
    const map = mapOf(
      [
        ['К анализу', 'unstarted'],
        ['Согласовано', 'started'],
      ],
      { to_analyse: 'К анализу', approved: 'согласовано' },
    );
    expect(map.commandOf('К анализу')).toBe('to_analyse');
    expect(map.commandOf('Согласовано')).toBe('approved');
  });

  test('a state claimed by two commands means neither', () => {
    const map = mapOf([['OK', 'started']], { approved: 'OK', confirm_deploy: 'OK' });
    expect(map.commandOf('OK')).toBeNull();
  });

  test('PLANE-23 terminal is told by the group, a control status by its name first', () => {
    const map = mapOf([
      ['STOP', 'cancelled'],
      ['Duplicate', 'cancelled'],
    ]);
    expect(map.commandOf('STOP')).toBe('stop');
    expect(map.commandOf('Duplicate')).toBeNull();
    expect(map.groupOf('Duplicate')).toBe('cancelled');
  });

  test('PLANE-48 texts name the state by which people command here, or none', () => {
    expect(controlName(mapOf(ALL_STATES), 'approved')).toBe('Approved');
    expect(controlName(mapOf(PLANE_DEFAULTS), 'approved')).toBeNull();
    expect(controlName(mapOf(PLANE_DEFAULTS), 'to_analyse')).toBe('In Progress');
    expect(controlName(null, 'approved')).toBeNull();
  });
});
