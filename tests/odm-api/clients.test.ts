// The official clients, unchanged, against a running server: LINNAEA_TEST_ODM names a Python that has odm-api and odm-sdk.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createOdmBench, type OdmBench } from '@linnaea/odm/testing';
import { readExample, serveExample, useTemplate } from './examples.ts';

const run = promisify(execFile);
const python = process.env.LINNAEA_TEST_ODM;
const skip = python !== undefined && existsSync(python) ? false : 'LINNAEA_TEST_ODM names no Python with the clients';
const limit = { timeout: 120_000, maxBuffer: 2 ** 24 };

let bench: OdmBench;
let address: string;
before(async () => {
  if (skip) return;
  bench = await createOdmBench();
  address = await bench.app.listen({ host: '127.0.0.1', port: 0 });
});
after(() => bench?.close());

test('odm-api: imports, links, reads, edits and publishes with its own models', { skip }, async () => {
  await useTemplate(bench, 'thousand-genomes');
  const file = (name: string) => serveExample(bench, `thousand-genomes/${name}`);
  const links = {
    study: file('study.tsv'),
    samples: file('samples.tsv'),
    gct: file('expression.gct'),
    gctMetadata: file('expression.gct.tsv'),
    vcfText: readExample('thousand-genomes/variants.vcf'),
    vcfMetadataText: readExample('thousand-genomes/variants.vcf.tsv'),
  };
  const script = fileURLToPath(new URL('client_check.py', import.meta.url));
  const { stdout } = await run(python!, [script, address, bench.curatorToken, JSON.stringify(links)], limit);
  const { study, samples, variant, links: linked, types, ...seen } = JSON.parse(stdout);
  assert.match(study, /^GSF\d+$/);
  assert.ok(types.includes('sampleGroup') && types.includes('geneTranscriptMapping'));
  assert.deepEqual(linked.map(([type]: [string, string]) => type).sort(), ['expressionGroup', 'study', 'variantGroup']);
  assert.deepEqual(seen, {
    uploaded: 1,
    listed: [study],
    pagination: { count: 2, total: 4, offset: 0, limit: 2 },
    runs: ['HG00119', 'HG00121', 'HG00183', 'HG00176'],
    pairs: 4,
    edited: { Phase: 2, Keywords: ['a,b', 'c'] },
    removed: null,
    versions: ['', 'Initial version'],
    before: null,
    after: 2,
    invalid: ['Sex'],
    found: [study],
    groups: [variant],
    refusals: { 'unknown id': 404, nobody: 401, duplicate: 409, 'no link': 404, 'wrong sort': 400, deletion: 403 },
  });
});

test('odm-import-data: a study with samples, expression and variants, linked', { skip }, async () => {
  const template = await useTemplate(bench, 'thousand-genomes');
  const file = (name: string) => serveExample(bench, `thousand-genomes/${name}`);
  const { stdout } = await run(
    join(dirname(python!), 'odm-import-data'),
    [
      '-t',
      bench.curatorToken,
      '-H',
      address,
      '-tmpl',
      template,
      '--allow-duplicates',
      '-s',
      file('study.tsv'),
      '-sm',
      file('samples.tsv'),
      '-e',
      file('expression.gct'),
      '-em',
      file('expression.gct.tsv'),
      '-v',
      file('variants.vcf'),
      '-vm',
      file('variants.vcf.tsv'),
    ],
    limit,
  );
  const study = /GSF\d+/.exec(stdout)?.[0];
  assert.ok(study, stdout);
  const read = async (path: string) => (await bench.ask('GET', `/api/v1/as-curator/integration/link/${path}`)).body;
  assert.equal((await read(`samples/by/study/${study}`)).meta.pagination.total, 4);
  assert.equal((await read(`expression/group/by/study/${study}`)).length, 1);
  assert.equal((await read(`variant/group/by/study/${study}`)).length, 1);
});

test('odm-import-data: pooled libraries between samples and expression; a repeated link is answered by its job', {
  skip,
}, async () => {
  const template = await useTemplate(bench, 'pooled-libraries');
  const file = (name: string) => serveExample(bench, `pooled-libraries/${name}`);
  const importAll = () =>
    run(
      join(dirname(python!), 'odm-import-data'),
      [
        '-t',
        bench.curatorToken,
        '-H',
        address,
        '-tmpl',
        template,
        '-s',
        file('study.tsv'),
        '-sm',
        file('samples.tsv'),
        '-lb',
        file('libraries.tsv'),
        '-e',
        file('expression.gct'),
        '-em',
        file('expression.gct.tsv'),
      ],
      limit,
    );
  const countStudies = async () =>
    (await bench.ask('GET', '/api/v1/as-curator/studies?pageLimit=0')).body.meta.pagination.total;
  const first = await importAll();
  const study = /GSF\d+/.exec(first.stdout)?.[0];
  assert.ok(study, first.stdout);
  const before = await countStudies();
  const second = await importAll();
  assert.match(second.stdout, /Execution is finished/);
  assert.equal(await countStudies(), before);
  const groups = (await bench.ask('GET', `/api/v1/as-curator/integration/link/library/group/by/study/${study}`)).body;
  assert.equal(groups.length, 1);
});
