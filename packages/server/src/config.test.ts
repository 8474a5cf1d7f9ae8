import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ConfigurationError, readConfiguration, redact } from './config.ts';

test('an empty environment makes a local server', () => {
  const configuration = readConfiguration({ PATH: '/bin' });
  assert.equal(configuration.host, '127.0.0.1');
  assert.equal(configuration.port, 8080);
  assert.equal(configuration.publicUrl, 'http://127.0.0.1:8080');
  assert.match(configuration.objectStore, /^file:.*objects$/);
});

test('all faults are listed at once', () => {
  const faulty = {
    LINNAEA_PORT: 'eighty',
    LINNAEA_DATABASE_URL: 'mysql://x',
    LINNAEA_OBJECT_STORE: 'ftp://x',
    LINNAEA_PROT: '1',
  };
  assert.throws(
    () => readConfiguration(faulty),
    (error) =>
      error instanceof ConfigurationError && error.faults.length === 4 && error.message.includes('LINNAEA_PROT'),
  );
});

test('a secret may come from a file and is never shown', () => {
  const file = join(mkdtempSync(join(tmpdir(), 'linnaea-config-')), 'password');
  writeFileSync(file, 'quite secret\n');
  const configuration = readConfiguration({
    LINNAEA_ADMIN_PASSWORD_FILE: file,
    LINNAEA_DATABASE_URL: 'postgres://me:hidden@host/db',
  });
  assert.equal(configuration.administrator.password, 'quite secret');
  const shown = JSON.stringify(redact(configuration));
  assert.ok(!shown.includes('quite secret') && !shown.includes('hidden'));
});
