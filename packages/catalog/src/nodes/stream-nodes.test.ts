import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { sql } from '@linnaea/database';
import { createTestDatabase } from '@linnaea/database/testing';
import { type PagedNode, streamNodePages } from './stream-nodes.ts';

const { database, drop } = await createTestDatabase();
after(drop);
await database.run(sql`insert into scope (kind, name) values ('project', 'P-Q'), ('project', 'P-R')`);
await database.run(sql`insert into change (origin, action) values ('gen3', 'delete')`);
const uuid = (record: number) => `00000000-0000-4000-8000-${String(record).padStart(12, '0')}`;

/** Writes a node; its key is its submitter id, or a project's code. */
async function insert(record: number, kind: string, attributes: Record<string, unknown>, scope = 1): Promise<void> {
  const key = attributes.submitter_id === undefined ? null : `${kind}/${String(attributes.submitter_id)}`;
  await database.run(sql`
    insert into record (id, model, kind, accession, uuid, scope_id, natural_key, attributes)
    values (${record}, 'gen3', ${kind}, ${uuid(record)}, ${uuid(record)}, ${scope}, ${key}, ${JSON.stringify(attributes)}::jsonb)`);
}

async function gather(type: string): Promise<PagedNode[]> {
  const pages: PagedNode[] = [];
  for await (const page of streamNodePages(database, 1, type)) pages.push(...page);
  return pages;
}

test('nodes of one type and project, the unnamed first, with their living targets under each link', async () => {
  await insert(1, 'project', { code: 'Q' });
  await insert(2, 'herd', { submitter_id: 'h "1"\n\\' });
  await insert(3, 'herd', { submitter_id: 'h2' });
  await insert(4, 'herd', { submitter_id: 'gone' });
  await insert(11, 'cow', { submitter_id: 'b', weight: 1.5, note: 'ü\t"' });
  await insert(12, 'cow', { submitter_id: 'a' });
  await insert(13, 'cow', { weight: 2 });
  await insert(14, 'cow', { submitter_id: 'elsewhere' }, 2);
  await insert(15, 'cow', { submitter_id: 'deleted' });
  await insert(16, 'cow_bell', { submitter_id: 'a' });
  await database.run(sql`update record set deleted_change = 1 where id in (4, 15)`);
  await database.run(sql`
    insert into link (child_id, parent_id, name)
    values (11, 3, 'herds'), (11, 2, 'herds'), (11, 4, 'herds'), (11, 1, 'projects'), (12, 4, 'herds')`);
  assert.deepEqual(await gather('cow'), [
    { id: uuid(13), attributes: { weight: 2 }, links: {} },
    { id: uuid(12), attributes: { submitter_id: 'a' }, links: {} },
    {
      id: uuid(11),
      attributes: { submitter_id: 'b', weight: 1.5, note: 'ü\t"' },
      links: {
        projects: [{ id: uuid(1), key: 'Q' }],
        herds: [
          { id: uuid(2), key: 'h "1"\n\\' },
          { id: uuid(3), key: 'h2' },
        ],
      },
    },
  ]);
  assert.deepEqual(await gather('sheep'), []);
});

test('many nodes come in many pages, each once; large ones few at a time', async () => {
  await database.run(sql`
    insert into record (id, model, kind, accession, uuid, scope_id, natural_key, attributes)
    select 100 + i, 'gen3', 'hen', 'hen' || i, gen_random_uuid(), 1, 'hen/' || lpad(i::text, 5, '0'),
      jsonb_build_object('submitter_id', lpad(i::text, 5, '0')) from generate_series(1, 2500) i`);
  const names = (await gather('hen')).map(({ attributes }) => attributes.submitter_id);
  assert.deepEqual(
    names,
    Array.from({ length: 2500 }, (_, place) => String(place + 1).padStart(5, '0')),
  );
  await database.run(sql`
    insert into record (id, model, kind, accession, uuid, scope_id, natural_key, attributes)
    select 5000 + i, 'gen3', 'whale', 'whale' || i, gen_random_uuid(), 1, 'whale/' || i,
      jsonb_build_object('submitter_id', i::text, 'song', repeat('x', 200000)) from generate_series(1, 60) i`);
  const sizes: number[] = [];
  for await (const page of streamNodePages(database, 1, 'whale')) sizes.push(page.length);
  assert.equal(
    sizes.reduce((sum, size) => sum + size),
    60,
  );
  assert.ok(
    sizes.slice(1).every((size) => size <= 2),
    String(sizes),
  );
});

test('nodes with many links come few at a time', async () => {
  await database.run(sql`
    insert into record (id, model, kind, accession, uuid, scope_id, natural_key, attributes)
    select 6000 + i, 'gen3', 'flock', 'flock' || i, gen_random_uuid(), 1, 'flock/' || lpad(i::text, 2, '0'), '{}'
    from generate_series(1, 60) i`);
  await database.run(sql`
    insert into link (child_id, parent_id, name)
    select flock.id, hen.id, 'hens' from record flock, record hen where flock.kind = 'flock' and hen.kind = 'hen'`);
  const sizes: number[] = [];
  for await (const page of streamNodePages(database, 1, 'flock')) {
    sizes.push(page.length);
    for (const { links } of page) assert.equal(links.hens?.length, 2500);
  }
  assert.equal(
    sizes.reduce((sum, size) => sum + size),
    60,
  );
  assert.ok(
    sizes.slice(1).every((size) => size <= 8),
    String(sizes),
  );
  await database.run(sql`delete from link where name = 'hens'`);
});

test('links name their targets also when the names are too long to remember them all', async () => {
  const letters = Array.from('abcdefghijklmnopqrst');
  for (const [place, letter] of letters.entries()) {
    await database.run(sql`
      insert into record (id, model, kind, accession, uuid, scope_id, attributes)
      values (${7000 + place}, 'gen3', 'song', ${letter}, ${uuid(7000 + place)}, 1,
        jsonb_build_object('submitter_id', repeat(${letter}, 1000000)))`);
  }
  await database.run(sql`
    insert into record (id, model, kind, accession, uuid, scope_id, natural_key, attributes)
    select 7100 + i, 'gen3', 'bird', 'bird' || i, gen_random_uuid(), 1, 'bird/' || lpad(i::text, 3, '0'), '{}'
    from generate_series(0, 299) i`);
  await database.run(
    sql`insert into link (child_id, parent_id, name) select 7100 + i, 7000 + i % 20, 'songs' from generate_series(0, 299) i`,
  );
  const heard = (await gather('bird')).map(({ links }) =>
    links.songs?.map(({ id, key }) => [id, key?.[0], key?.length]),
  );
  assert.deepEqual(
    heard,
    Array.from({ length: 300 }, (_, bird) => [[uuid(7000 + (bird % 20)), letters[bird % 20], 1_000_000]]),
  );
});

test('a reader that goes away frees its connection', async () => {
  // more often than the pool has connections
  for (let round = 0; round < 12; round += 1) {
    for await (const page of streamNodePages(database, 1, 'hen')) {
      assert.ok(page.length > 0);
      break;
    }
  }
  assert.equal((await gather('hen')).length, 2500);
  const idle = await database.first<{ n: number }>(sql`
    select count(*)::int as n from pg_stat_activity where datname = current_database() and state like 'idle in%'`);
  assert.equal(idle?.n, 0);
});

test('an error of the database reaches the reader', async () => {
  await database.run(sql`alter table link rename to link_away`);
  await assert.rejects(gather('hen'), /relation "link" does not exist/);
  await database.run(sql`alter table link_away rename to link`);
  assert.equal((await gather('hen')).length, 2500);
});
