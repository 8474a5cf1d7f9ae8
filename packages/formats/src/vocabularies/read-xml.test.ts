import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Finding } from '@linnaea/model';
import { readXml } from './read-xml.ts';

async function read(text: string, size = text.length) {
  const events: string[] = [];
  const findings: Finding[] = [];
  const bytes = Buffer.from(text);
  async function* pieces() {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
  }
  const handler = {
    open: (name: string) => void events.push(`<${name}`),
    close: () => void events.push('>'),
    text: (piece: string) => void events.push(piece),
  };
  const whole = await readXml(pieces(), handler, (finding) => findings.push(finding));
  return { whole, events: events.join(''), findings };
}

test('a document is read the same in pieces of any size', async () => {
  const text =
    '<?xml version="1.0"?><a:herd><!-- none --><a:goat age="2">Tess &amp; <![CDATA[<co>]]></a:goat><b/></a:herd>\n';
  for (const size of [1, 3, 7, text.length]) {
    const { whole, events, findings } = await read(text, size);
    assert.equal(events, '<a:herd<a:goatTess & <co>><b>>');
    assert.equal(whole, true);
    assert.deepEqual(findings, []);
  }
});

test('a document that is cut off, empty or not well-formed says where', async () => {
  for (const text of ['', '<a>', '<a><b></a>', '<a', 'a', '<a/><b/>']) {
    const { whole, findings } = await read(text);
    assert.equal(whole, false, text);
    assert.equal(findings[0]?.severity, 'error', text);
    assert.equal(findings[0]?.location?.line, 1, text);
  }
});
