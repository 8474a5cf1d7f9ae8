import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { exampleDictionary } from './example-dictionary.ts';
import { checkLinkCounts } from './link-rules.ts';
import { arbitraryGraph } from './testing.ts';
import { validateDocument } from './validate.ts';

test('random graphs are valid by the dictionary, with parents before children', () => {
  const { dictionary } = exampleDictionary();
  const met = new Set<string>();
  fc.assert(
    fc.property(arbitraryGraph(dictionary), (graph) => {
      const seen = new Set(['TEST']);
      for (const { node, document, links } of graph) {
        met.add(node.type);
        assert.deepEqual(validateDocument(document, dictionary, true), []);
        assert.deepEqual(
          checkLinkCounts(node, (name) => links[name]?.length ?? 0),
          [],
        );
        for (const target of Object.values(links).flat()) assert.ok(seen.has(target.key));
        seen.add(String(document.submitter_id));
      }
    }),
    { numRuns: 60 },
  );
  assert.deepEqual([...met].sort(), ['case', 'piece', 'sample']);
});
