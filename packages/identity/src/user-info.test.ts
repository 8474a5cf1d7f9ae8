import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { grant } from './grants.ts';
import { createScope } from './scopes.ts';
import { createTestPeople, type TestPeople } from './test-people.ts';
import { userInfo } from './user-info.ts';
import { setPermissions } from './users.ts';

let people: TestPeople;
let program: number;
let project: number;

before(async () => {
  people = await createTestPeople();
  const { db, admin } = people;
  program = await createScope(db, admin, { kind: 'program', name: 'CGCI' });
  project = await createScope(db, admin, { kind: 'project', name: 'CGCI-BLG-SP', parentId: program });
  await createScope(db, admin, { kind: 'project', name: 'CGCI-__proto__', parentId: program });
});
after(() => people.drop());

const path = '/programs/CGCI/projects/BLG-SP';

function methodsAt(info: { authz: Record<string, { service: string; method: string }[]> }, resource: string): string[] {
  return (info.authz[resource] ?? []).map(({ service, method }) => `${service} ${method}`);
}

test('without grants there is nothing', async () => {
  const info = await userInfo(people.db, await people.person('nobody'));
  assert.deepEqual([info.authz, info.resources, info.projectAccess], [{}, [], {}]);
  assert.equal(info.email, 'nobody@example.org');
});

test('methods follow the level', async () => {
  const { db, admin } = people;
  const person = await people.person('levels');
  const at = async (level: 'aggregate' | 'read' | 'measure' | 'download' | 'edit' | 'own') => {
    await grant(db, { scopeId: project, subjectId: person.userId, level, by: admin });
    return methodsAt(await userInfo(db, person), path);
  };
  assert.deepEqual(await at('aggregate'), []);
  assert.deepEqual(await at('read'), ['* read']);
  assert.deepEqual(await at('measure'), ['* read']);
  assert.deepEqual(await at('download'), ['* read', '* read-storage']);
  const edit = await at('edit');
  for (const method of ['create', 'update', 'delete', 'upload', 'write-storage'])
    assert.ok(edit.includes(`* ${method}`));
  assert.ok(!edit.includes('* release'));
  assert.ok((await at('own')).includes('* release'));
  const info = await userInfo(db, person);
  assert.deepEqual(info.resources, [path, '/data_file']);
  assert.ok(info.projectAccess['BLG-SP']?.includes('create'));
});

test('a grant on the program shows in its projects, whatever they are called', async () => {
  const { db, admin } = people;
  const person = await people.person('program-wide');
  await grant(db, { scopeId: program, subjectId: person.userId, level: 'read', by: admin });
  const info = await userInfo(db, person);
  const resources = ['/programs/CGCI', path, '/programs/CGCI/projects/__proto__'];
  assert.deepEqual([...info.resources].sort(), resources.sort());
  assert.deepEqual(Object.getOwnPropertyDescriptor(info.projectAccess, '__proto__')?.value, ['read']);
  assert.equal(info.administrator, false);
});

test('administrators may do everything, programs included; ACCESS_ALL_DATA reads', async () => {
  const { db, admin } = people;
  const info = await userInfo(db, admin);
  assert.ok(methodsAt(info, path).includes('* release'));
  assert.deepEqual(methodsAt(info, '/services/sheepdog/submission/program'), ['* *']);
  const auditor = await people.person('auditor');
  await setPermissions(db, admin, auditor.email, ['ACCESS_ALL_DATA']);
  const read = await userInfo(db, await people.again(auditor));
  assert.deepEqual(methodsAt(read, path), ['* read', '* read-storage']);
  assert.equal(read.authz['/services/sheepdog/submission/program'], undefined);
});
