import assert from 'node:assert/strict';
import { test } from 'node:test';
import { moveBy, rangeOf, type Selection } from './selection.ts';

const size = { rows: 100, columns: 5, page: 10 };
const at = (row: number, column: number): Selection => ({ active: { row, column }, anchor: { row, column } });
const press = (key: string, more: { ctrl?: boolean; shift?: boolean } = {}) => ({
  key,
  ctrl: false,
  shift: false,
  ...more,
});

test('keys move the active cell and stop at the edges', () => {
  assert.deepEqual(moveBy(at(0, 0), press('ArrowDown'), size)?.active, { row: 1, column: 0 });
  assert.deepEqual(moveBy(at(0, 0), press('ArrowUp'), size)?.active, { row: 0, column: 0 });
  assert.deepEqual(moveBy(at(95, 4), press('PageDown'), size)?.active, { row: 99, column: 4 });
  assert.deepEqual(moveBy(at(3, 2), press('End', { ctrl: true }), size)?.active, { row: 99, column: 4 });
  assert.equal(moveBy(at(3, 2), press('x'), size), undefined);
  assert.equal(moveBy(at(3, 2), press('constructor'), size), undefined);
});

test('shift widens the range from where it began', () => {
  const one = moveBy(at(3, 2), press('ArrowUp', { shift: true }), size)!;
  const two = moveBy(one, press('ArrowRight', { shift: true }), size)!;
  assert.deepEqual(rangeOf(two), { top: 2, bottom: 3, left: 2, right: 3 });
  assert.deepEqual(rangeOf(moveBy(two, press('ArrowDown'), size)!), { top: 3, bottom: 3, left: 3, right: 3 });
});
