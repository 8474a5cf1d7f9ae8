import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { connect } from './connect.ts';
import { type Database, type Migration, migrate, raw, readMigrations, type Sql, sql } from './index.ts';
import { createTestDatabase, type TestDatabase } from './testing.ts';

let server: TestDatabase;
let url: string;

before(async () => {
  server = await createTestDatabase();
});
after(() => server.drop());

let names = 0;

/** Runs the test on an empty database of its own. */
async function onEmpty(body: (database: Database) => Promise<void>): Promise<void> {
  names += 1;
  const name = `empty_${process.pid}_${names}`;
  await server.database.run(raw(`create database ${name}`));
  const address = new URL(server.url);
  address.pathname = name;
  url = address.href;
  const database = connect(url, { poolSize: 2 });
  try {
    await body(database);
  } finally {
    await database.close();
    await server.database.run(raw(`drop database ${name} with (force)`));
  }
}

const migration = (name: string, text: string): Migration => ({ name, text, checksum: `sum of ${text}` });
const one = migration('0001_one', 'create table one (id int); insert into one values (1);');
const two = migration('0002_two', 'create table two (id int);');
const applied = async (database: Database) =>
  (await database.query<{ name: string }>(sql`select name from migration order by name`)).map((row) => row.name);

describe('migrate', () => {
  test('applies the repository’s migrations in order, once', async () => {
    await onEmpty(async (database) => {
      const all = (await readMigrations()).map((each) => each.name);
      assert.ok(all.includes('0001_kernel'));
      assert.deepEqual(all, [...all].sort());
      assert.deepEqual(await migrate(database), all);
      assert.deepEqual(await migrate(database), []);
      assert.deepEqual(await applied(database), all);
    });
  });

  test('is applied once by many processes at once', async () => {
    await onEmpty(async () => {
      const others = Array.from({ length: 4 }, () => connect(url, { poolSize: 1 }));
      const done = await Promise.all(others.map((database) => migrate(database, [one, two])));
      assert.deepEqual(done.flat().sort(), ['0001_one', '0002_two']);
      const [first] = others;
      assert.deepEqual(await first?.query(sql`select id from one`), [{ id: 1 }]);
      await Promise.all(others.map((database) => database.close()));
    });
  });

  test('goes on where an older version stopped', async () => {
    await onEmpty(async (database) => {
      await migrate(database, [one]);
      assert.deepEqual(await migrate(database, [one, two]), ['0002_two']);
    });
  });

  test('brings the records of an older version along', async () => {
    await onEmpty(async (database) => {
      const all = await readMigrations();
      const older = all.filter((each) => each.name < '0011');
      await migrate(database, older);
      await database.run(
        raw(`
        insert into scope (kind, name) values ('study', 'S');
        insert into change (origin, action) values ('gen3', 'create');
        insert into record (model, kind, accession, scope_id, attributes, created_change)
          select 'gen3', 'case', '12e4567b-e89b-42d3-a456-4266141e4000', scope.id, '{"site": "Lung"}', change.id from scope, change;
        insert into change_item (change_id, record_id, action) select created_change, id, 'create' from record`),
      );
      assert.ok((await migrate(database)).includes('0011_lighter_writes'));
      for (const word of ['12e4567b-e89b-42d3-a456-4266141e4000', 'lung'])
        assert.equal(await database.run(sql`select from record where search @@ ${`'${word}'`}::tsquery`), 1, word);
      assert.equal(await database.run(sql`select from change_item`), 0);
    });
  });

  test('keeps references sound without checking them row by row', async () => {
    await onEmpty(async (database) => {
      await migrate(database);
      const add = (count: number, scope: Sql) =>
        database.run(sql`
          insert into record (id, model, kind, accession, scope_id, attributes)
          select n, 'odm', 'sample', 'a' || n, ${scope}, '{}' from generate_series(1, ${count}::int) n`);
      await assert.rejects(add(1, sql`7`), /scope that does not exist/);
      await database.run(sql`insert into scope (kind, name) values ('study', 'S')`);
      await add(3, sql`(select id from scope)`);
      await assert.rejects(database.run(sql`update record set scope_id = 0`), /scope that does not exist/);
      await assert.rejects(database.run(sql`delete from scope`), /are kept/);
      const link = (child: number, parent: number) =>
        database.run(sql`insert into link (child_id, parent_id, name) values (2, 1, 'x'), (${child}, ${parent}, 'x')`);
      await assert.rejects(link(3, 4), /record that does not exist/);
      await assert.rejects(link(4, 1), /record that does not exist/);
      await link(3, 2);
      await assert.rejects(database.run(sql`update link set parent_id = 5`), /record that does not exist/);
      await database.run(sql`delete from record where id = 2`);
      assert.equal(await database.run(sql`select from link`), 0);
    });
  });

  test('leaves nothing of a migration that fails, and all of those before it', async () => {
    await onEmpty(async (database) => {
      const broken = migration('0002_broken', 'create table half (id int); select nonsense;');
      await assert.rejects(migrate(database, [one, broken]), /nonsense/);
      assert.deepEqual(await applied(database), ['0001_one']);
      assert.deepEqual(await database.first(sql`select to_regclass('half') as half`), { half: null });
    });
  });

  test('refuses a database that is newer than the code', async () => {
    await onEmpty(async (database) => {
      await migrate(database, [one, two]);
      await assert.rejects(migrate(database, [one]), /newer.*0002_two/);
    });
  });

  test('refuses an applied migration that was changed', async () => {
    await onEmpty(async (database) => {
      await migrate(database, [one]);
      await assert.rejects(migrate(database, [migration('0001_one', 'select 1'), two]), /changed.*0001_one/);
      assert.deepEqual(await applied(database), ['0001_one']);
    });
  });
});
