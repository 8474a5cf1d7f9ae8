import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { rewriteLegacyUrl } from './rewrite.ts';

const list = new URL('../../../../shared/reference/odm/legacy-paths.tsv', import.meta.url);

test('legacy paths become current ones', () => {
  const pairs = [
    ['studyCurator/default-released/studies', 'as-curator/studies'],
    ['expressionUser/v7/expression/group/GSF1', 'as-user/expressions/group/GSF1'],
    ['variantCurator/default-released/variant/vcf', 'as-curator/variants/vcf'],
    ['flowCytometryUser/default-released/flow-cytometry?pageLimit=1', 'as-user/flow-cytometries?pageLimit=1'],
    [
      'integrationCurator/default-released/studies/GSF1/validation-summary',
      'as-curator/integration/studies/GSF1/validation-summary',
    ],
    ['integrationUser/default-released/omics/samples?studyFilter=a%2Fb', 'as-user/omics/samples?studyFilter=a%2Fb'],
    ['job/default-released/import/study', 'jobs/import/study'],
    ['job/default-released/12/info', 'jobs/12/info'],
    ['reference-data/default-released/xrefsets/GSF1/entries', 'xrefsets/GSF1/entries'],
    ['scim-integration/default-released/scim/Users', 'scim/Users'],
    ['taskmanager/default-released/tasks/7', 'tasks/7'],
    ['manageData/default-released/data?accessions=a,b', 'manage-data/data?accessions=a,b'],
    ['sampleUser/default-released/samples/GSF1-A%2FB%20C%2B1', 'as-user/samples/GSF1-A%2FB%20C%2B1'],
  ];
  for (const [old, current] of pairs) {
    assert.equal(rewriteLegacyUrl(`/frontend/rs/genestack/${old}`), `/api/v1/${current}`);
  }
});

test('other URLs stay as they are', () => {
  for (const url of [
    '/',
    '/api/v1/jobs/1/info',
    '/frontend/endpoint/x',
    '/frontend/rs/genestack/nothingCurator/v/a',
    '/frontend/rs/genestack/job',
  ]) {
    assert.equal(rewriteLegacyUrl(url), url);
  }
  fc.assert(
    fc.property(fc.webPath(), (path) => {
      fc.pre(!path.startsWith('/frontend/rs/genestack/'));
      return rewriteLegacyUrl(path) === path;
    }),
  );
});

test('every published legacy path maps as listed', {
  skip: existsSync(list) ? false : 'no reference list here',
}, () => {
  const rows = readFileSync(list, 'utf8')
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split('\t'));
  let live = 0;
  for (const [, old, current, status] of rows) {
    if (status !== 'live') continue;
    live += 1;
    assert.equal(rewriteLegacyUrl(old!), current);
  }
  assert.equal(live, 237);
});
