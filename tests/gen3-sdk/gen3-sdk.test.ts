import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { sql } from '@linnaea/database';
import { createApiToken, createGen3Credentials, listApiTokens, revokeApiToken } from '@linnaea/identity';
import { buildClientSchema } from 'graphql';
import { decodeJwt, importJWK, type JWK, SignJWT } from 'jose';
import { type Answer, type SdkServer, startSdkServer } from './server.ts';

const python = process.env.LINNAEA_TEST_GEN3 ?? '';
const skip = python !== '' && existsSync(python) ? false : 'LINNAEA_TEST_GEN3 names no Python with the gen3 SDK';

describe('the gen3 SDK', { skip }, () => {
  let server: SdkServer;
  let path: string;

  before(async () => {
    server = await startSdkServer(python);
    path = await server.credentials(server.administrator);
  });
  after(() => server?.close());

  test('makes programs and projects, lists, opens and deletes them', async () => {
    const answer = await server.run('programs_and_projects', path);
    assert.equal(answer.program.name, 'SDK');
    assert.equal(answer.program_again.id, answer.program.id);
    assert.equal(answer.project.code, 200);
    assert.equal(answer.project_again.code, 200);
    // only a project in review can be opened
    assert.equal(answer.opened, 400);
    assert.deepEqual(answer.programs.links, ['/v0/submission/SDK']);
    assert.deepEqual(answer.projects.links.toSorted(), ['/v0/submission/SDK/gone', '/v0/submission/SDK/one']);
    assert.equal(answer.deleted, 204);
    assert.deepEqual(answer.projects_left.links, ['/v0/submission/SDK/one']);
    assert.ok(answer.project_dictionary.links.length > 10);
  });

  describe('credentials', () => {
    test('are exchanged once for several calls', async () => {
      const before = server.seen.length;
      const answer = await server.run('credentials', path);
      assert.equal(answer.endpoint, server.url);
      assert.equal(answer.user.username, 'root@example.org');
      assert.deepEqual(answer.programs.links, ['/v0/submission/SDK']);
      const exchanges = server.seen.slice(before).filter((each) => each.path.includes('/access_token'));
      assert.ok(exchanges.length <= 1);
    });

    test('work by another name of this machine, even when the program names yet another', async () => {
      const local = server.url.replace('127.0.0.1', 'localhost');
      const byName = await server.credentials(server.administrator, { url: local });
      assert.equal((await server.run('credentials', byName)).endpoint, local);
      const mixed = await server.run('credentials', await server.credentials(server.administrator), local);
      assert.equal(mixed.error, undefined);
      assert.deepEqual(mixed.programs.links, ['/v0/submission/SDK']);
    });

    test('that are revoked or no credentials are refused in words', async () => {
      const revoked = await server.credentials(server.administrator);
      for (const { jti } of await server.deps.gen3Credentials.listApiKeys(server.administrator)) {
        await server.deps.gen3Credentials.revokeApiKey(server.administrator, jti);
      }
      assert.match((await server.run('credentials', revoked)).error, /revoked/);
      path = await server.credentials(server.administrator);
      const forged = await new SignJWT({ pur: 'api_key', iss: `${server.url}/user` })
        .setProtectedHeader({ alg: 'HS256', kid: 'mine' })
        .setExpirationTime('1h')
        .setSubject('1')
        .setJti('x')
        .sign(new Uint8Array(32));
      await writeFile(revoked, JSON.stringify({ api_key: forged, key_id: 'x' }));
      assert.match((await server.run('credentials', revoked)).error, /invalid/);
    });

    test('that have expired are refused in words', async () => {
      const before = createGen3Credentials({
        db: server.deps.database,
        issuer: `${server.url}/user`,
        now: () => Date.now() - 40 * 24 * 3600 * 1000,
      });
      const expired = await server.credentials(server.administrator);
      await writeFile(expired, JSON.stringify(await before.createApiKey(server.administrator)));
      assert.match((await server.run('credentials', expired)).error, /expired/);
    });
  });

  test('signs in as a client by an API token, until that is revoked', async () => {
    const { database } = server.deps;
    const { id, token } = await createApiToken(database, server.administrator, { name: 'nightly' });
    const [listed] = await listApiTokens(database, server.administrator);
    assert.ok(listed?.id === id);
    const run = (secret: string, ...scopes: string[]) =>
      server.run('client_credentials', server.url, listed.tokenId, secret, ...scopes);
    const answer = await run(token);
    assert.equal(answer.error, undefined);
    assert.equal(answer.endpoint, server.url);
    assert.equal(answer.issuer, `${server.url}/user`);
    assert.equal(answer.user.username, 'root@example.org');
    assert.deepEqual(answer.programs.links, ['/v0/submission/SDK']);
    assert.deepEqual(answer.scope, ['user', 'data', 'openid']);
    assert.equal(answer.renewed, true);
    assert.match((await run(`${token}x`)).error, /invalid_client/);
    assert.match((await run(token, 'openid everything')).error, /invalid_scope/);
    await revokeApiToken(database, server.administrator, id);
    assert.match((await run(token)).error, /invalid_client/);
    assert.ok(!server.seen.some((each) => each.path.includes(token)));
  });

  test('tokens of others are refused, and ours are taken under every header', async () => {
    const ask = async (headers: Record<string, string>) => (await fetch(`${server.url}/user/user`, { headers })).status;
    const { access_token: token } = await server.deps.gen3Credentials.issueAccessToken(server.administrator);
    const [head, body] = token.split('.') as [string, string, string];
    const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${body}.`;
    assert.equal(await ask({ authorization: `bearer ${unsigned}` }), 401);
    assert.equal(await ask({ authorization: `bearer ${head}.${body}.AAAA` }), 401);
    const key = await server.deps.database.first<{ kid: string; jwk: JWK }>(
      sql`select kid, private_jwk as jwk from signing_key order by created_at desc`,
    );
    assert.ok(key);
    const sign = async (changes: { aud?: string; kid?: string; exp?: number }) =>
      new SignJWT({ ...decodeJwt(token), ...(changes.exp ? { exp: changes.exp } : {}), aud: changes.aud ?? 'gen3' })
        .setProtectedHeader({ alg: 'RS256', kid: changes.kid ?? key.kid })
        .sign(await importJWK(key.jwk, 'RS256'));
    assert.equal(await ask({ authorization: `bearer ${await sign({})}` }), 200);
    for (const changes of [{ aud: 'another' }, { kid: 'another' }, { exp: Math.floor(Date.now() / 1000) - 60 }]) {
      assert.equal(await ask({ authorization: `bearer ${await sign(changes)}` }), 401, JSON.stringify(changes));
    }
    const forms: Record<string, string>[] = [
      { authorization: `bearer ${token}` },
      { authorization: `Bearer ${token}` },
      { 'x-auth-token': token },
    ];
    for (const headers of forms) {
      assert.equal(await ask(headers), 200);
    }
  });

  test('reads the data dictionary and the schema without a token', async () => {
    const answer = await server.run('dictionary', path);
    assert.ok(answer.kinds.includes('case'));
    assert.equal(answer.case, 'case');
    assert.equal(typeof answer.missing, 'object');
    const schema = buildClientSchema(answer.schema.data);
    assert.ok(schema.getQueryType()?.getFields()._case_count);
  });

  test('submits tables of every size and state', async () => {
    const answer = await server.run('submit_files', path);
    for (const count of [1, 29, 30, 31, 60])
      assert.equal(
        answer[`rows${count}`].succeeded?.length,
        count,
        JSON.stringify(answer[`rows${count}`]).slice(0, 400),
      );
    assert.equal(answer.one_invalid.succeeded.length, 29);
    assert.deepEqual(Object.keys(answer.one_invalid.invalid), ['bad1-7']);
    assert.equal(answer.all_invalid.succeeded.length, 0);
    assert.equal(Object.keys(answer.all_invalid.invalid).length, 3);
    assert.equal(answer.no_submitter_id.error, undefined);
    assert.equal(answer.wrong_type.succeeded.length, 0);
    for (const name of ['multi_line', 'stars', 'array', 'csv'])
      assert.equal(answer[name].succeeded?.length, 1, `${name} ${JSON.stringify(answer[name])}`);
    assert.equal(answer.echo.succeeded?.length, 0);
    if (answer.xlsx !== null) assert.equal(answer.xlsx.succeeded?.length, 1);
    const kept = answer.lines.find((each: Answer) => each.submitter_id === 'lines');
    assert.equal(kept.disease_type, 'first\nsecond "quoted"\tand tab');
  });

  test('submits records, exports them, and submits the export without a change', async () => {
    const answer = await server.run('records', path);
    assert.equal(answer.together.entities.length, 2);
    assert.ok(answer.together.success);
    assert.equal(answer.refused[0], 400);
    assert.match(answer.refused[1], /Never/);
    assert.deepEqual(answer.record[0].consent_codes, ['a', 'b']);
    assert.match(answer.header, /submitter_id/);
    assert.deepEqual(answer.again.invalid, {});
    assert.ok(answer.again.succeeded.length > 1);
    assert.equal(answer.after, true);
  });

  test('deletes hundreds of records of a kind, but none that others need', async () => {
    const answer = await server.run('deletions', path);
    assert.equal(answer.blocked[0], 400);
    assert.match(answer.blocked[1], /many-|dependent|case/);
    assert.deepEqual(answer.left.data, []);
    assert.equal(answer.unknown[0], 400);
  });

  test('asks by GraphQL', async () => {
    const answer = await server.run('queries', path);
    assert.equal(answer.default.data.case.length, 10);
    assert.equal(answer.all.data.case.length, 12);
    assert.equal(answer.minus.data.case.length, 12);
    assert.deepEqual(answer.variables.data.project, [{ project_id: 'SDK-one', code: 'one' }]);
    assert.ok(answer.kinds.data._node_type.some((each: Answer) => each.id === 'case'));
    assert.equal(answer.count.data._case_count, 12);
    assert.deepEqual(answer.path.data.project, [{ project_id: 'SDK-one' }]);
    assert.ok(answer.nodes.data.node.length > 0);
    assert.match(answer.mistake, /no_such_kind/);
  });

  test('asks the explorer, and downloads a whole project', async () => {
    const answer = await server.run('explorer', path);
    const names = (rows: Answer[]) => rows.map((each) => each.submitter_id);
    assert.equal(answer.default.data.case.length, 10);
    assert.deepEqual(names(answer.chosen.data.case), ['explored-09', 'explored-07', 'explored-05']);
    assert.deepEqual(answer.none.data.case, []);
    assert.deepEqual(answer.far.data.case, []);
    assert.deepEqual(answer.rows, [
      { submitter_id: 'explored-03', project_id: 'SDK-one' },
      { submitter_id: 'explored-05', project_id: 'SDK-one' },
    ]);
    const counted = answer.counted.data._aggregation.case;
    assert.equal(counted._totalCount, 6);
    assert.ok(counted.disease_type.histogram.some((each: Answer) => each.key === 'x' && each.count === 6));
    assert.equal(answer.mistake, 400);
    for (const [kind, table] of Object.entries<Answer>(answer.tables)) {
      assert.ok(Array.isArray(table), `${kind}: ${table}`);
      assert.equal(table[0], table[1], kind);
    }
    assert.ok(answer.tables.case[0] >= 12);
    assert.match(answer.manifest, /^files:/);
  });

  test('makes, finds, versions and deletes index records', async () => {
    const answer = await server.run('index_records', path);
    assert.equal(answer.healthy, true);
    assert.equal(answer.stats.fileCount, 0);
    assert.equal(answer.created.did, 'dg.SDK/one');
    assert.equal(answer.read.size, 7);
    assert.equal(answer.got.did, 'dg.SDK/one');
    assert.equal(answer.missing, null);
    assert.equal(answer.updated.file_name, 'two.txt');
    assert.equal(answer.found.did, 'dg.SDK/one');
    assert.deepEqual(
      answer.bulk.map((each: Answer) => each.did),
      ['dg.SDK/one'],
    );
    assert.equal(answer.query[0].did, 'dg.SDK/one');
    assert.equal(answer.newer.baseid, answer.created.baseid);
    assert.equal(answer.latest.did, answer.newer.did);
    assert.equal(Object.keys(answer.versions).length, 2);
    assert.equal(answer.filled.size, 3);
    assert.equal(answer.all.length, 3);
    assert.equal(answer.page.length, 2);
    assert.equal(answer.guids.length, 2);
    assert.deepEqual(answer.left, []);
  });

  test('uploads and downloads a file', async () => {
    const answer = await server.run('files', path);
    assert.equal(answer.put, 200);
    assert.equal(answer.same, true);
    assert.match(answer.link.url, /signature=/);
    assert.match(answer.again.url, /signature=/);
    assert.equal(answer.deleted, 204);
  });

  test('makes, finds and deletes metadata documents', async () => {
    const answer = await server.run('metadata', path);
    assert.equal(answer.healthy, true);
    assert.equal(answer.again, 409);
    assert.equal(answer.read.gen3_discovery.name, 'One');
    assert.deepEqual(answer.found.toSorted(), ['dg.SDK/m1', 'm2']);
    assert.equal(answer.full.m2._guid_type, 'discovery_metadata');
    // the SDK's `merge` is about aliases alone
    assert.deepEqual(answer.updated, { y: 2 });
    assert.equal(answer.by_alias.y, 2);
    assert.deepEqual(answer.paths, ['gen3_discovery.name']);
    assert.deepEqual(answer.left, ['m2']);
  });

  test('reaches index and metadata at the root when it comes by localhost', async () => {
    const byName = await server.credentials(server.administrator, {
      url: server.url.replace('127.0.0.1', 'localhost'),
    });
    const before = server.seen.length;
    await server.run('files', byName);
    const read = await fetch(`${server.url}/index/none`);
    assert.equal(read.status, 404);
    assert.ok(
      server.seen.slice(before).some((each) => /^\/index\/[0-9a-f-]{36}/.test(each.path) && each.status === 200),
    );
  });

  test('is refused without a side effect, however often it tries', async () => {
    const before = server.seen.length;
    const answer = await server.run('forbidden', await server.credentials(server.outsider));
    assert.equal(answer.metadata, 403);
    assert.equal(answer.program, 403);
    assert.ok(server.seen.slice(before).filter((each) => each.status === 403).length >= 4);
    assert.equal((await fetch(`${server.url}/mds/metadata/forbidden`)).status, 404);
  });

  test('answers on the command line', async () => {
    const endpoint = await server.command('--auth', path, '-v', 'auth', 'endpoint');
    assert.equal(endpoint.code, 0, endpoint.output);
    assert.ok(endpoint.output.includes(server.url));
    const curl = await server.command('--auth', path, '-v', 'auth', 'curl', '/user/user');
    assert.equal(curl.code, 0, curl.output);
    assert.match(curl.output, /root@example\.org/);
    const discovery = await server.command('--auth', path, 'discovery', 'read');
    assert.equal(discovery.code, 0, discovery.output);
  });
});

const gdc = fileURLToPath(new URL('../../../shared/data/gen3/gdcdictionary/dictionary.bundled.json', import.meta.url));

describe('the gen3 SDK and the GDC data dictionary', {
  skip: skip || (existsSync(gdc) ? false : 'no such dictionary'),
}, () => {
  test('takes an analyte and its aliquot in one request, and says what a wrong type should be', async () => {
    const server = await startSdkServer(python, gdc);
    try {
      const answer = await server.run('specimens', await server.credentials(server.administrator));
      assert.equal(answer.parents.status, 201, JSON.stringify(answer.parents.body).slice(0, 2000));
      assert.equal(answer.good.status, 201, JSON.stringify(answer.good.body).slice(0, 2000));
      assert.deepEqual(
        answer.good.body.entities.map((each: Answer) => [each.type, each.submitter_id, each.valid]),
        [
          ['aliquot', 'good-aliquot', true],
          ['analyte', 'good-analyte', true],
        ],
      );
      assert.equal(answer.bad.status, 400);
      const wrong = answer.bad.body.entities.find((each: Answer) => each.type === 'analytes');
      assert.equal(wrong.errors[0].message, "Invalid entity type: analytes. Did you mean 'analyte'?");
      assert.deepEqual(wrong.errors[0].keys, ['type']);
      assert.deepEqual(answer.left, ['good-aliquot']);
    } finally {
      await server.close();
    }
  });
});
