// The official clients, unchanged, against a running server: LINNAEA_TEST_ODM names a Python that has odm-api and odm-sdk.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createGen3Credentials } from '@linnaea/identity';
import { createOdmBench, type OdmBench } from '@linnaea/odm/testing';
import { readExample, serveExample, useTemplate } from './examples.ts';

const run = promisify(execFile);
const python = process.env.LINNAEA_TEST_ODM;
const skip = python !== undefined && existsSync(python) ? false : 'LINNAEA_TEST_ODM names no Python with the clients';
const real = new URL('../../../shared/data/odm-examples/GSE29746/', import.meta.url);
const skipReal = skip || (existsSync(real) ? false : 'The shared test data are not here');
const limit = { timeout: 120_000, maxBuffer: 2 ** 24 };

let bench: OdmBench;
let address: string;
let accessToken: string;
const templates = { pooled: '', genomes: '' };
const studies = { odmApi: '' };

before(async () => {
  if (skip) return;
  bench = await createOdmBench();
  address = await bench.app.listen({ host: '127.0.0.1', port: 0 });
  const gen3 = createGen3Credentials({ db: bench.database, issuer: `${address}/user` });
  ({ access_token: accessToken } = await gen3.issueAccessToken(bench.curator));
  templates.pooled = await useTemplate(bench, 'pooled-libraries');
  // the last one is the default
  templates.genomes = await useTemplate(bench, 'thousand-genomes');
});
after(() => bench?.close());

const example = (name: string) => serveExample(bench, name);
const read = async (path: string) => {
  const answer = await bench.ask('GET', `/api/v1/as-curator/${path}`);
  assert.equal(answer.status, 200, answer.text);
  return answer.body;
};
const linked = (path: string) => read(`integration/link/${path}`);

/** Runs odm-import-data with an API token, or with what is given in its place; answers what it printed. */
async function importData(args: readonly string[], credential = ['-t', bench.curatorToken]): Promise<string> {
  const { stdout, stderr } = await run(
    join(dirname(python!), 'odm-import-data'),
    [...credential, '-H', address, ...args],
    limit,
  );
  return stdout + stderr;
}

/** The accession that a printed line names. */
function named(output: string, line: RegExp): string {
  const accession = line.exec(output)?.[1];
  assert.ok(accession, output);
  return accession;
}
const newStudy = /study (GSF\d+) was added successfully/;

test('odm-api: imports, links, reads, edits and publishes with its own models', { skip }, async () => {
  const file = (name: string) => example(`thousand-genomes/${name}`);
  const links = {
    study: file('study.tsv'),
    samples: file('samples.tsv'),
    gct: file('expression.gct'),
    gctMetadata: file('expression.gct.tsv'),
    vcfText: readExample('thousand-genomes/variants.vcf'),
    vcfMetadataText: readExample('thousand-genomes/variants.vcf.tsv'),
  };
  const script = fileURLToPath(new URL('client_check.py', import.meta.url));
  const { stdout } = await run(
    python!,
    [script, address, bench.curatorToken, accessToken, JSON.stringify(links)],
    limit,
  );
  const { study, samples, variant, links: found, types, ...seen } = JSON.parse(stdout);
  assert.match(study, /^GSF\d+$/);
  studies.odmApi = study;
  assert.ok(types.includes('sampleGroup') && types.includes('geneTranscriptMapping'));
  assert.deepEqual(found.map(([type]: [string, string]) => type).sort(), ['expressionGroup', 'study', 'variantGroup']);
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

// the program asks for the state of a job every five seconds: its runs wait beside each other
describe('odm-import-data', { skip, concurrency: true }, () => {
  test('a study with samples, expression and variants; links that are known, when duplicates are allowed', async () => {
    const file = (name: string) => example(`thousand-genomes/${name}`);
    const output = await importData([
      ...['-tmpl', templates.genomes, '--allow-duplicates'],
      ...['-s', file('study.tsv'), '-sm', file('samples.tsv')],
      ...['-e', file('expression.gct'), '-em', file('expression.gct.tsv')],
      ...['-v', file('variants.vcf'), '-vm', file('variants.vcf.tsv')],
    ]);
    const study = named(output, newStudy);
    assert.notEqual(study, studies.odmApi);
    assert.equal((await linked(`samples/by/study/${study}`)).meta.pagination.total, 4);
    for (const kind of ['expression', 'variant']) {
      const [group, ...others] = await linked(`${kind}/group/by/study/${study}`);
      assert.equal(others.length, 0);
      assert.equal((await linked(`${kind}/run-to-samples/by/group/${group.itemId}`)).data.length, 4);
    }
  });

  test('pooled libraries between samples and expression; a repeated link is answered by its job', async () => {
    const file = (name: string) => example(`pooled-libraries/${name}`);
    const importAll = () =>
      importData([
        ...['-tmpl', templates.pooled, '-s', file('study.tsv'), '-sm', file('samples.tsv')],
        ...['-lb', file('libraries.tsv'), '-e', file('expression.gct'), '-em', file('expression.gct.tsv')],
      ]);
    const study = named(await importAll(), newStudy);
    const again = await importAll();
    assert.match(again, new RegExp(`has already been uploaded as study '${study}'`));
    assert.match(again, /Execution is finished/);
    assert.equal((await linked(`library/group/by/study/${study}`)).length, 1);
    const [expression] = await linked(`expression/group/by/study/${study}`);
    const pairs = (kind: string) => linked(`expression/run-to-${kind}/by/group/${expression.itemId}`);
    assert.equal((await pairs('libraries')).data.length, 2);
    // LIB1 was pooled from two samples
    assert.equal((await pairs('samples')).data.length, 3);
  });

  test('libraries and preparations with data of their own, a cross-reference map, then a new version', async () => {
    const file = (name: string, text: string) => bench.serve(name, text);
    const output = await importData([
      ...['-s', file('c-study.tsv', 'Study Title\tStudy Source\nTwinflowers\tlab\n')],
      ...['-sm', file('c-samples.tsv', 'Sample Source ID\tSample Source\nT1\tlab\nT2\tlab\n')],
      ...['-lb', file('c-libraries.tsv', 'Library ID\tSample Source ID\nL1\tT1\nL2\tT1|T2\n')],
      ...['-e', file('c-rna.gct', '#1.2\n1\t2\nName\tDescription\tL1\tL2\nG1\t\t1\t2\n')],
      ...['-mpf', file('c-map.tsv', 'TXNAME\tGENEID\nTX1\tG1\nTX2\tG1\n')],
      ...['-pr', file('c-preparations.tsv', 'Preparation ID\tSample Source ID\nP1\tT2\n')],
      ...['-e', file('c-protein.gct', '#1.2\n1\t1\nName\tDescription\tP1\nQ1\t\t7\n')],
    ]);
    const study = named(output, newStudy);
    const map = named(output, /Mapping file (GSF\d+) was added successfully/);
    const [libraries] = await linked(`library/group/by/study/${study}`);
    const [preparations] = await linked(`preparation/group/by/study/${study}`);
    const linksOf = async (id: string) =>
      (await read(`links?firstId=${id}`)).data.map((link: { secondType: string; secondId: string }) => [
        link.secondType,
        link.secondId,
      ]);
    const groupOn = async (id: string): Promise<string> =>
      (await linksOf(id)).find(([type]: [string]) => type === 'expressionGroup')?.[1];
    const rna = await groupOn(libraries.itemId);
    assert.deepEqual(await linksOf(rna), [
      ['libraryGroup', libraries.itemId],
      ['geneTranscriptMapping', map],
    ]);
    const proteins = await groupOn(preparations.itemId);
    assert.deepEqual(await linksOf(proteins), [['preparationGroup', preparations.itemId]]);

    const next = file('c-rna-2.gct', '#1.2\n1\t2\nName\tDescription\tL1\tL2\nG1\t\t10\t20\n');
    await importData(['-sa', study, '-lb', libraries.itemId, '-e', `${next}[${rna}]`]);
    const groups = async (versions: string) =>
      (await linked(`expression/group/by/study/${study}${versions}`)).map((group: { itemId: string }) => group.itemId);
    const all: string[] = await groups('?useVersions=*');
    assert.equal(all.length, 3);
    // without a version asked for, the newest of each chain is answered
    assert.deepEqual(
      await groups(''),
      all.filter((group) => group !== rna),
    );
  });

  test('a real study, by an access token, with no template named', { skip: skipReal }, async () => {
    const file = (name: string) => bench.serve(name, readFileSync(new URL(name, real)));
    const output = await importData(
      [
        ...['-s', file('GSE29746_study.tsv'), '-sm', file('GSE29746_samples.tsv')],
        ...['-e', file('GSE29746_expression.gct')],
      ],
      ['--access-token', accessToken],
    );
    const study = named(output, newStudy);
    assert.equal((await linked(`samples/by/study/${study}`)).meta.pagination.total, 31);
    const [expression] = await linked(`expression/group/by/study/${study}`);
    const pairs = await linked(`expression/run-to-samples/by/group/${expression.itemId}?pageLimit=30`);
    assert.deepEqual(pairs.meta.pagination, { count: 30, total: 31, offset: 0, limit: 30 });
    const query = new URLSearchParams({ studyFilter: `"genestack:accession"=${study}`, exQuery: 'feature=1' });
    const { data } = await read(`omics/expression/data?${query}`);
    assert.equal(data.length, 31);
    const first = data.find(
      (row: { itemOrigin: { runSourceId: string } }) => row.itemOrigin.runSourceId === 'GSM737461',
    );
    assert.equal(first.value.value, 81700);
  });

  test('a token that is not valid ends the program', async () => {
    const link = bench.serve('c-never.tsv', 'Study Title\nNever\n');
    for (const credential of [
      ['-t', 'not-a-token'],
      ['--access-token', `${accessToken}x`],
    ])
      await assert.rejects(importData(['-s', link], credential), { code: 1, stdout: /invalid token/ });
  });
});
