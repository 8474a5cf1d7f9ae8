import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readElements } from './elements.ts';

const read = (xml: string | Uint8Array, ...names: string[]) =>
  readElements(typeof xml === 'string' ? Buffer.from(xml) : xml, new Set(names));
const valuesOf = async (xml: string | Uint8Array) => {
  const { elements, error } = await read(xml, 'buoy');
  assert.equal(error, null);
  return elements.map(({ values }) => Object.fromEntries(values));
};
const errorOf = async (xml: string | Uint8Array) => {
  const { elements, error } = await read(xml, 'buoy');
  assert.deepEqual(elements, []);
  return error ?? '';
};

test('names count without their prefixes, whatever these stand for', async () => {
  const expected = [{ height: '4', 'swell/period': '9' }];
  const inner = (prefix: string) =>
    `<${prefix}height>4</${prefix}height><${prefix}swell><${prefix}period>9</${prefix}period></${prefix}swell>`;
  assert.deepEqual(await valuesOf(`<sea><buoy>${inner('')}</buoy></sea>`), expected);
  assert.deepEqual(await valuesOf(`<sea xmlns="urn:sea"><buoy>${inner('')}</buoy></sea>`), expected);
  assert.deepEqual(
    await valuesOf(`<a:sea xmlns:a="urn:sea" xmlns:v1.0-b="urn:b"><v1.0-b:buoy>${inner('a:')}</v1.0-b:buoy></a:sea>`),
    expected,
  );
  // a namespace declared again on the way, and attributes with prefixes and entities
  const again = `<buoy xmlns="urn:x" xmlns:q="urn:q" q:note="a &amp; b &#x3c;"><q:height xmlns:q="urn:y">4</q:height></buoy>`;
  assert.deepEqual(await valuesOf(`<sea>${again}</sea>`), [{ height: '4' }]);
});

test('comments, character data, references and encodings are read', async () => {
  const text = '<!-- <!DOCTYPE x> & --><sea><buoy><name><![CDATA[<!DOCTYPE & ]]>&lt;&#169;&#xE9;</name></buoy></sea>';
  assert.deepEqual(await valuesOf(`<?xml version="1.0"?>${text}<?end & of it?>`), [{ name: '<!DOCTYPE & <©é' }]);
  const named = '<?xml version="1.0" encoding="ISO-8859-1"?><buoy><name>fjörd</name></buoy>';
  assert.deepEqual(await valuesOf(Buffer.from(named, 'latin1')), [{ name: 'fjörd' }]);
  const wide = Buffer.from('\ufeff<?xml version="1.0" encoding="UTF-16"?><buoy><name>fjörd</name></buoy>', 'utf16le');
  assert.deepEqual(await valuesOf(wide), [{ name: 'fjörd' }]);
  assert.deepEqual(await valuesOf('\ufeff<buoy><name>fjörd</name></buoy>'), [{ name: 'fjörd' }]);
});

test('what is not well-formed is refused with its line and column', async () => {
  const cases: [xml: string | Uint8Array, line: number, column: number, word: RegExp][] = [
    ['<sea>\n  <buoy>\n</sea>', 3, 1, /<\/sea>/],
    ['<sea>\n  <buoy', 2, 3, /buoy/],
    ['<sea>\n  <buoy>a & b</buoy></sea>', 2, 11, /&/],
    ['<sea>\n  <buoy>&swell;</buoy></sea>', 2, 9, /&swell;/],
    ['<sea>\n<buoy name="&high;"/></sea>', 2, 13, /&high;/],
    ['<sea>\n &#0;</sea>', 2, 2, /&#0;/],
    ['<sea>\n &#x110000;</sea>', 2, 2, /&#x110000;/],
    ['<sea>\n\n \0</sea>', 3, 2, /U\+0000/],
    ['<sea>\n<buoy/></sea>\n<sea/>', 3, 1, /second root/],
    [Buffer.from('<sea>\n <buoy>\xff</buoy></sea>', 'latin1'), 2, 8, /UTF-8/],
    ['<?xml version="1.0" encoding="sea-7"?><sea/>', 1, 1, /sea-7/],
    ['', 1, 1, /./],
  ];
  for (const [xml, line, column, word] of cases) {
    const error = await errorOf(xml);
    assert.match(error, /^Unable to parse xml: /);
    assert.match(error, word);
    assert.ok(error.endsWith(`(line ${line}, column ${column})`), `${error} for ${String(xml)}`);
  }
});

test('a document type is refused wherever it stands, before anything of it is read', async () => {
  const growing = [...Array(9).keys()].map((n) => `<!ENTITY a${n} "${n === 0 ? 'ha' : `&a${n - 1};`.repeat(10)}">`);
  const types = [
    `<!DOCTYPE sea [${growing.join('')}]>`,
    '<!DOCTYPE sea [<!ENTITY x SYSTEM "file:///etc/hostname">]>',
    '<!DOCTYPE sea SYSTEM "http://127.0.0.1:9/sea.dtd">',
    '<!DOCTYPE sea [<!ENTITY % p SYSTEM "file:///etc/hostname"> %p;]>',
    '<!DOCTYPE sea>',
  ];
  for (const type of types) {
    assert.match(
      await errorOf(`<?xml version="1.0"?>\n${type}<sea><buoy>&a8;&x;</buoy></sea>`),
      /document type.*line 2, column 1\)/,
    );
    assert.match(await errorOf(`<sea>\n ${type}<buoy>&a8;&x;</buoy></sea>`), /document type.*line 2, column 2\)/);
    assert.match(await errorOf(`<!-- a -->\n${type.replace('DOCTYPE', 'doctype')}<sea/>`), /line 2, column 1\)/);
  }
});
