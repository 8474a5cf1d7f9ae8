import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readSessionCookie, writeSessionCookie } from './session-cookie.ts';

test('a session is found among other cookies, quoted or not', () => {
  assert.equal(readSessionCookie('a=b; linnaea_session=abc-_; c=d'), 'abc-_');
  assert.equal(readSessionCookie('linnaea_session="quoted"'), 'quoted');
  for (const header of [
    undefined,
    '',
    'a=b',
    'linnaea_session',
    'linnaea_session=',
    'xlinnaea_session=abc',
    '=linnaea_session',
  ]) {
    assert.equal(readSessionCookie(header), undefined, header);
  }
});

test('what is written is read, and scripts do not see it', () => {
  const text = writeSessionCookie('abc', 60, true);
  assert.equal(readSessionCookie(text.split(';')[0]), 'abc');
  assert.match(text, /; HttpOnly; SameSite=Lax; Max-Age=60; Secure$/);
  assert.doesNotMatch(writeSessionCookie('abc', 60, false), /Secure/);
});
