import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import { connect } from './connect.ts';
import {
  type CopyValue,
  type Database,
  isSerializationFailure,
  isTransient,
  isUniqueViolation,
  join,
  json,
  raw,
  sql,
  type Transaction,
} from './index.ts';
import { createTestDatabase, type TestDatabase } from './testing.ts';

let server: TestDatabase;
let database: Database;

before(async () => {
  server = await createTestDatabase();
  database = server.database;
  await database.run(
    sql`create table item (id bigint primary key, text text, data jsonb, list text[], numbers bigint[])`,
  );
  await database.run(sql`create table bytes (data bytea)`);
});
after(() => server.drop());

const count = async () => (await database.first<{ n: number }>(sql`select count(*) as n from item`))?.n;
const clear = () => database.run(sql`truncate item`);

describe('values', () => {
  test('come as numbers, dates and parsed JSON', async () => {
    const row =
      await database.first(sql`select 9007199254740991::bigint as int8, 1.5::numeric as numeric, null as nothing,
      '2026-01-02T03:04:05.678Z'::timestamptz as time, '2026-01-02'::date as day, '{"a":[1,null]}'::jsonb as json,
      array[1,null,3]::bigint[] as list, '{}'::bigint[] as none, array['a','b c'] as texts, true as yes`);
    assert.deepEqual(row, {
      int8: 9007199254740991,
      numeric: 1.5,
      nothing: null,
      time: new Date('2026-01-02T03:04:05.678Z'),
      day: '2026-01-02',
      json: { a: [1, null] },
      list: [1, null, 3],
      none: [],
      texts: ['a', 'b c'],
      yes: true,
    });
  });

  test('go as parameters, also from nested statements', async () => {
    const conditions = join([sql`n > ${1}`, sql`n < ${4}`], ' and ');
    const rows = await database.query(
      sql`select n from unnest(${[1, 2, 3, 4]}::int[]) as n where ${conditions} order by ${raw('n')} desc`,
    );
    assert.deepEqual(rows, [{ n: 3 }, { n: 2 }]);
    const hostile = `'; drop table item; --`;
    assert.deepEqual(await database.first(sql`select ${hostile}::text as t`), { t: hostile });
  });

  test('that are objects go as JSON, arrays as arrays, and json() decides otherwise', async () => {
    const row = await database.first(
      sql`select ${{ a: 1 }}::jsonb as object, ${['x', 'y']}::text[] as list, ${json(['x', 1])}::jsonb as wrapped, ${json(null)}::jsonb as nothing`,
    );
    assert.deepEqual(row, { object: { a: 1 }, list: ['x', 'y'], wrapped: ['x', 1], nothing: null });
  });

  test('that PostgreSQL cannot store lose only what cannot be stored', async () => {
    const row = await database.first(
      sql`select ${'a\0b\ud800c'}::text as t, ${{ 'k\0': 'v\udc00', back: '\\u0000' }}::jsonb as j, ${['\0']}::text[] as l`,
    );
    assert.deepEqual(row, { t: 'a\ufffdb\ufffdc', j: { 'k\ufffd': 'v\ufffd', back: '\\u0000' }, l: ['\ufffd'] });
  });

  test('run answers how many rows it touched', async () => {
    await clear();
    assert.equal(await database.run(sql`insert into item (id) values (1), (2)`), 2);
    assert.equal(await database.run(sql`update item set text = 'x' where id = 3`), 0);
    assert.equal(await database.first(sql`select 1 from item where id = 3`), undefined);
  });
});

describe('transactions', () => {
  test('commit what resolved and answer its value', async () => {
    await clear();
    const answer = await database.transaction(async (transaction) => {
      await transaction.run(sql`insert into item (id) values (1)`);
      assert.equal(await count(), 0);
      return 'done';
    });
    assert.deepEqual([answer, await count()], ['done', 1]);
  });

  test('roll back what threw, and leave the connection usable', async () => {
    await clear();
    const single = connect(server.url, { poolSize: 1 });
    const failing = single.transaction(async (transaction) => {
      await transaction.run(sql`insert into item (id) values (1)`);
      throw new Error('no');
    });
    await assert.rejects(failing, /^Error: no$/);
    assert.deepEqual(await single.first(sql`select count(*) as n from item`), { n: 0 });
    await single.close();
  });

  test('do not pass for committed when a failed statement was swallowed', async () => {
    await clear();
    const swallowing = database.transaction(async (transaction) => {
      await transaction.run(sql`insert into item (id) values (1)`);
      await transaction.run(sql`select 1/0`).catch(() => undefined);
    });
    await assert.rejects(swallowing, /rolled back/);
    assert.equal(await count(), 0);
  });

  test('refuse statements after their end', async () => {
    let kept: Transaction | undefined;
    const statement = sql`insert into item (id) values (77)`;
    await database.transaction(async (transaction) => {
      kept = transaction;
    });
    await assert.rejects(async () => kept?.run(statement), /over/);
  });

  test('in isolation report a lost race as such', async () => {
    await clear();
    await database.run(sql`insert into item (id, text) values (1, 'a')`);
    const racing = database.transaction(
      async (transaction) => {
        await transaction.query(sql`select * from item`);
        await database.run(sql`update item set text = 'b' where id = 1`);
        await transaction.run(sql`update item set text = 'c' where id = 1`);
      },
      { isolation: 'repeatable read' },
    );
    await assert.rejects(racing, (error) => isSerializationFailure(error) && isTransient(error));
    assert.deepEqual(await database.first(sql`select text from item`), { text: 'b' });
  });
});

describe('errors', () => {
  test('of unique constraints are known by name', async () => {
    await clear();
    await database.run(sql`insert into item (id) values (1)`);
    await assert.rejects(database.run(sql`insert into item (id) values (1)`), (error) => {
      assert.ok(isUniqueViolation(error));
      assert.ok(isUniqueViolation(error, 'item_pkey'));
      assert.ok(!isUniqueViolation(error, 'other'));
      return !isTransient(error);
    });
    assert.ok(!isUniqueViolation(new Error('23505')));
  });

  test('of a lost connection end the statement, not the process', async () => {
    const single = connect(server.url, { poolSize: 1 });
    const cut = single.transaction(async (transaction) => {
      const own = await transaction.first<{ pid: number }>(sql`select pg_backend_pid() as pid`);
      await database.run(sql`select pg_terminate_backend(${own?.pid}, 5000)`);
      await transaction.run(sql`select 1`);
    });
    await assert.rejects(cut, (error) => isTransient(error));
    assert.deepEqual(await single.first(sql`select 1 as one`), { one: 1 });
    const idle = await single.first<{ pid: number }>(sql`select pg_backend_pid() as pid`);
    await database.run(sql`select pg_terminate_backend(${idle?.pid}, 5000)`);
    await assert.doesNotReject(async () => {
      // the pool may learn of the loss only by this first use
      await single.first(sql`select 1`).catch(() => undefined);
      await single.first(sql`select 1`);
    });
    await single.close();
  });

  test('of a server that is not there are transient', async () => {
    const nowhere = connect('postgresql://a:b@127.0.0.1:1/none');
    await assert.rejects(nowhere.query(sql`select 1`), (error) => isTransient(error));
    await nowhere.close();
    await nowhere.close();
  });
});

describe('streams', () => {
  const numbers = (limit: number) => sql`select n from generate_series(1, ${limit}::int) as n order by n`;

  test('yield every row at any batch size', async () => {
    for (const [total, batch] of [
      [0, 10],
      [9, 10],
      [10, 10],
      [25, 10],
      [3, 1],
    ] as const) {
      const seen: number[] = [];
      for await (const row of database.stream<{ n: number }>(numbers(total), batch)) seen.push(row.n);
      assert.deepEqual(
        seen,
        Array.from({ length: total }, (_, index) => index + 1),
      );
    }
  });

  test('give their connection back when left early or failing', async () => {
    const single = connect(server.url, { poolSize: 1 });
    for await (const row of single.stream<{ n: number }>(numbers(1000), 10)) if (row.n === 5) break;
    const failing = async () => {
      for await (const _ of single.stream(sql`select 1 / (3 - n) from generate_series(1, 9) as n`, 1));
    };
    await assert.rejects(failing(), /division by zero/);
    assert.deepEqual(await single.first(sql`select 1 as one`), { one: 1 });
    await single.close();
  });

  test('cannot change data', async () => {
    const writing = async () => {
      for await (const _ of database.stream(sql`select nextval('accession_number')`));
    };
    await assert.rejects(writing(), /read-only/);
  });

  test('in a transaction leave it free for other statements and other streams', async () => {
    const pairs: string[] = [];
    await database.transaction(async (transaction) => {
      for await (const a of transaction.stream<{ n: number }>(numbers(3), 1)) {
        await transaction.run(sql`select 1`);
        for await (const b of transaction.stream<{ n: number }>(numbers(2), 1)) pairs.push(`${a.n}${b.n}`);
      }
      for await (const _ of transaction.stream(numbers(10), 2)) break;
      assert.deepEqual(await transaction.query(sql`select name from pg_cursors`), []);
    });
    assert.deepEqual(pairs, ['11', '12', '21', '22', '31', '32']);
  });
});

describe('copyIn', () => {
  const columns = ['id', 'text', 'data', 'list', 'numbers'];
  const copy = (rows: Iterable<readonly CopyValue[]> | AsyncIterable<readonly CopyValue[]>) =>
    database.transaction((transaction) => transaction.copyIn('item', columns, rows));

  // what PostgreSQL can store of a text; its own rule is tested above
  const storable = fc.string({ unit: 'binary' }).map((text) => text.replaceAll('\0', ''));
  const awkward = fc.constantFrom(
    '\\N',
    '\\',
    '\t',
    '\n',
    '\r\n',
    '\\.',
    '',
    ' ',
    '"',
    '{}',
    'NULL',
    ',',
    "'",
    '\u2028',
    '🧬',
  );
  const text = fc.oneof(storable, awkward);

  test('writes every text, list and document as it is', async () => {
    const row = fc.record({
      text: fc.option(text),
      data: fc.option(
        fc.dictionary(text, fc.oneof(text, fc.integer(), fc.boolean(), fc.constant(null), fc.array(text))),
      ),
      list: fc.option(fc.array(text)),
      numbers: fc.option(fc.array(fc.maxSafeInteger())),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(row, { maxLength: 20 }), async (rows) => {
        await clear();
        const lines = rows.map((one, index) => [index, one.text, one.data, one.list, one.numbers]);
        assert.equal(await copy(lines), rows.length);
        const stored = await database.query(sql`select text, list, numbers from item order by id`);
        assert.deepEqual(
          stored,
          rows.map((one) => ({ text: one.text, list: one.list, numbers: one.numbers?.map((n) => n + 0) ?? null })),
        );
        // compared by the server: V8 13.6 misreads some JSON keys made of one escaped character
        for (const [id, one] of rows.entries()) {
          const same = sql`select data is not distinct from ${one.data}::jsonb as same from item where id = ${id}`;
          assert.deepEqual(await database.first(same), { same: true }, JSON.stringify(one.data));
        }
      }),
      { numRuns: 60 },
    );
  });

  test('writes what cannot be stored as U+FFFD, in documents and lists too', async () => {
    await clear();
    await copy([[1, 'a\0\ud800', { 'k\0': ['\0', '\\u0000', '\\\0', '\udfff'] }, ['\0'], null]]);
    assert.deepEqual(await database.query(sql`select text, data, list from item`), [
      { text: 'a\ufffd\ufffd', data: { 'k\ufffd': ['\ufffd', '\\u0000', '\\\ufffd', '\ufffd'] }, list: ['\ufffd'] },
    ]);
  });

  test('writes keys such as __proto__, arrays as JSON by json(), dates, bigints and bytes', async () => {
    await clear();
    await copy([[1n, new Date(0), JSON.parse('{"__proto__":{"x":1}}'), [], []]]);
    await copy([[2, true, json(['a']), null, undefined]]);
    const rows = await database.query(sql`select text, data::text as data, list, numbers from item order by id`);
    assert.deepEqual(rows, [
      { text: '1970-01-01T00:00:00.000Z', data: '{"__proto__": {"x": 1}}', list: [], numbers: [] },
      { text: 'true', data: '["a"]', list: null, numbers: null },
    ]);
    await database.transaction((transaction) =>
      transaction.copyIn('public.bytes', ['data'], [[new Uint8Array([0, 92, 255])]]),
    );
    assert.deepEqual(await database.first(sql`select encode(data, 'hex') as hex from bytes`), { hex: '005cff' });
  });

  test('streams from an async source and holds it back', async () => {
    await clear();
    let made = 0;
    let aheadMost = 0;
    async function* source() {
      for (let id = 0; id < 3000; id += 1) {
        made += 1;
        yield [id, 'x'.repeat(1000), null, null, null];
        aheadMost = Math.max(aheadMost, made - id);
      }
    }
    assert.equal(await copy(source()), 3000);
    assert.equal(await count(), 3000);
    assert.equal(aheadMost, 1);
  });

  test('with a failing source or a bad value leaves nothing and tells the error', async () => {
    await clear();
    function* failing() {
      yield [1, 'a', null, null, null];
      throw new Error('source broke');
    }
    await assert.rejects(copy(failing()), /source broke/);
    await assert.rejects(
      copy([
        [1, 'a', null, null, null],
        ['no number', 'a', null, null, null],
      ]),
      { code: '22P02' },
    );
    await assert.rejects(copy([[1, 'a']]), /2 values for 5 columns/);
    await assert.rejects(
      copy([
        [1, null, null, null, null],
        [1, null, null, null, null],
      ]),
      (error) => isUniqueViolation(error),
    );
    assert.equal(await count(), 0);
  });

  test('with no rows writes none', async () => {
    await clear();
    assert.equal(await copy([]), 0);
  });

  test('refuses rows that need the transaction, instead of waiting for ever', async () => {
    const turning = database.transaction(async (transaction) => {
      await transaction.copyIn('item', columns, transaction.stream(sql`select 1`) as AsyncIterable<CopyValue[]>);
    });
    await assert.rejects(turning, /busy with copyIn/);
  });

  test('takes names as they are', async () => {
    await database.run(sql`create table "odd ""table" ("a ""b" int)`);
    assert.equal(
      await database.transaction((transaction) => transaction.copyIn('odd "table', ['a "b'], [[1], [2]])),
      2,
    );
  });
});

describe('listen', () => {
  test('hears what is notified, each channel its own, until it is ended', async () => {
    const heard: string[] = [];
    const events = new EventTarget();
    const hear = (name: string) => (payload: string) => {
      heard.push(`${name} ${payload}`);
      events.dispatchEvent(new Event(`${name} ${payload}`));
    };
    const endOne = await database.listen('one', hear('one'));
    const endTwo = await database.listen('Two "channels"', hear('two'));
    const two = once(events, 'two b');
    await database.run(sql`select pg_notify('one', 'a'), pg_notify('Two "channels"', 'b')`);
    await two;
    await endOne();
    const again = once(events, 'two d');
    await database.run(sql`select pg_notify('one', 'c'), pg_notify('Two "channels"', 'd')`);
    await again;
    await endTwo();
    assert.deepEqual(heard, ['one a', 'two b', 'two d']);
  });

  test('keeps a channel that is left and entered at the same moment', async () => {
    for (let round = 0; round < 20; round += 1) {
      const leave = await database.listen('door', () => {});
      const leaving = leave();
      let heard = (): void => {};
      const hearing = new Promise<void>((resolve) => {
        heard = resolve;
      });
      const end = await database.listen('door', () => heard());
      await leaving;
      await database.run(sql`select pg_notify('door', '')`);
      await hearing;
      await end();
    }
  });

  test('survives a failing handler and the loss of its connection', async () => {
    const own = connect(server.url);
    let heard = (): void => {};
    await own.listen('news', () => {
      throw new Error('handler broke');
    });
    await own.listen('news', () => heard());
    const cut = sql`select pg_terminate_backend(pid, 5000) from pg_stat_activity
      where query like 'listen%' and datname = current_database() and pid <> pg_backend_pid()`;
    assert.equal(await database.run(cut), 1);
    await new Promise<void>((resolve) => {
      // sent until heard: what is sent while the connection is down is lost
      const timer = setInterval(() => void database.run(sql`select pg_notify('news', '')`), 50);
      heard = () => {
        clearInterval(timer);
        resolve();
      };
    });
    await own.close();
    await assert.rejects(
      own.listen('news', () => {}),
      /closed/,
    );
  });
});
