import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fileNameOf, parseLink, shownLink } from './links.ts';

test('user and password leave the URL', () => {
  const { url, credentials } = parseLink('https://me%40lab:p%3Aw%25@host.example/a?sig=secret#x');
  assert.deepEqual(credentials, { username: 'me@lab', password: 'p:w%' });
  assert.equal(url.href, 'https://host.example/a?sig=secret#x');
  assert.equal(shownLink(url), 'https://host.example/a');
  assert.deepEqual(parseLink('http://a:100%@h/').credentials, { username: 'a', password: '100%' });
});

test('what is no URL is refused without being repeated', () => {
  for (const text of ['', 'data.tsv', '//host/x', 'http://', 'https://user:secret@ho st/']) {
    assert.throws(
      () => parseLink(text),
      (error) => error instanceof Error && !`${error.stack} ${JSON.stringify(error)}`.includes('secret'),
    );
  }
});

test('file names come from the header, then from the path', () => {
  const name = (url: string, disposition?: string) => fileNameOf(new URL(url), disposition);
  assert.equal(name('https://h/a/samples.tsv.gz?x=1'), 'samples.tsv.gz');
  assert.equal(name('https://h/a%20b.tsv'), 'a b.tsv');
  assert.equal(name('https://h/'), 'download');
  assert.equal(name('https://h/x', 'attachment; filename=plain.tsv'), 'plain.tsv');
  assert.equal(name('https://h/x', 'attachment; filename="a \\"b\\".tsv"; size=3'), 'a "b".tsv');
  assert.equal(name('https://h/x', "attachment; filename=a.tsv; filename*=UTF-8''%C3%A9.tsv"), 'é.tsv');
  assert.equal(name('https://h/x', 'attachment; filename="../../etc/passwd"'), 'passwd');
  assert.equal(name('https://h/x', 'attachment; filename=".."'), 'x');
  assert.equal(name('https://h/..%2f..%2fpasswd'), 'passwd');
});

test('a file name is never a path and never empty', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
      const name = fileNameOf(new URL('https://h/x'), `attachment; filename="${text}"`);
      assert.ok(name !== '' && name !== '.' && name !== '..' && !/[/\\\p{Cc}]/u.test(name));
    }),
  );
});
