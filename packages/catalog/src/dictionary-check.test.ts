import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { type Database, sql } from '@linnaea/database';
import { createTestDatabase } from '@linnaea/database/testing';
import { ensureAdministrator, loadPrincipal } from '@linnaea/identity';
import {
  buildDataDictionary,
  type DataDictionary,
  entityFinding,
  type Principal,
  parseDictionaryYaml,
} from '@linnaea/model';
import { arbitraryGraph } from '@linnaea/model/testing';
import fc from 'fast-check';
import { checkStoredNodes } from './dictionary-check.ts';
import { FindingGroups } from './dictionary-findings.ts';
import { findProgram, findProject, saveProgram, saveProject, submitNodes } from './nodes/index.ts';

const content = new URL('../../model/content/data-dictionary/', import.meta.url);

let database: Database;
let drop: () => Promise<void>;
let principal: Principal;
let dictionary: DataDictionary;

before(async () => {
  ({ database, drop } = await createTestDatabase());
  await ensureAdministrator(database, { email: 'root@example.org', password: 'only for tests' });
  const row = await database.first<{ id: number }>(sql`select id from user_account limit 1`);
  principal = (await loadPrincipal(database, row!.id))!;
  const names = (await readdir(content)).filter((name) => name.endsWith('.yaml'));
  const files = names.map(async (name) => {
    const text = await readFile(new URL(name, content), 'utf8');
    return [name, parseDictionaryYaml(name, text).content] as const;
  });
  dictionary = buildDataDictionary(new Map(await Promise.all(files))).dictionary;
  await database.transaction((tx) => saveProgram(tx, principal, { name: 'P', dbgap_accession_number: 'p' }));
});
after(() => drop());

async function submit(code: string, documents: readonly object[]): Promise<void> {
  const program = (await findProgram(database, 'P'))!;
  await database.transaction((tx) =>
    saveProject(tx, principal, program, { code, name: code, dbgap_accession_number: 'p' }),
  );
  const project = (await findProject(database, 'P', code))!;
  const entities = documents.map((document) => ({
    document: JSON.parse(JSON.stringify(document)),
    findings: [],
    part: 0,
  }));
  const request = { principal, project, dictionary, role: 'create' as const, dryRun: false, entities };
  const outcome = await submitNodes(
    database,
    request,
    () => {},
    async () => {},
  );
  assert.ok(outcome.success, JSON.stringify(outcome.drafts.flatMap(({ errors }) => errors)).slice(0, 2000));
}

test('whatever a submission accepts, the check accepts', async () => {
  let number = 0;
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: 0x7fffffff }), async (seed) => {
      number += 1;
      const project = { id: '00000000-0000-4000-8000-000000000001', key: `J${number}` };
      const [graph = []] = fc.sample(arbitraryGraph(dictionary, { project, maximumEntities: 20 }), {
        numRuns: 1,
        seed,
      });
      // ids of files are the index's: by chance two graphs would mean one file
      await submit(
        project.key,
        graph.map(({ document: { object_id: _own, ...document } }) => document),
      );
      const { checked, groups } = await checkStoredNodes(database, dictionary);
      assert.ok(checked > number);
      assert.deepEqual(groups, []);
    }),
    { numRuns: 15, endOnFailure: true },
  );
});

test('a dictionary without any kind finds every node unknown', async () => {
  const { checked, invalid, groups } = await checkStoredNodes(database, buildDataDictionary(new Map()).dictionary);
  assert.ok(checked > 1);
  assert.equal(invalid, checked);
  assert.deepEqual([...new Set(groups.map(({ code }) => code))], ['type-unknown']);
});

test('findings are counted in bounded memory, whatever their places and messages', () => {
  const groups = new FindingGroups(3);
  const example = { id: null, submitterId: '__proto__'.repeat(100), project: 'P-Q' };
  for (let i = 0; i < 1_000; i += 1) {
    groups.add(
      'sample',
      entityFinding('value-type', 'INVALID_VALUE', [`tags.${i}`], `${i} is not a tag`),
      example,
      i > 0,
    );
    groups.add(`kind ${i}`, entityFinding('type-unknown', 'INVALID_TYPE', ['type'], 'unknown'), example, true);
  }
  const report = groups.report();
  const [tags] = report.groups;
  assert.deepEqual([tags?.attribute, tags?.count, tags?.became, tags?.otherMessages], ['tags.*', 1000, 999, 997]);
  assert.deepEqual([tags?.messages.length, tags?.examples.length, report.groups.length], [3, 3, 500]);
  assert.equal(report.ungrouped, 501);
  assert.ok((tags?.examples[0]?.submitterId?.length ?? 0) < 250);
});
