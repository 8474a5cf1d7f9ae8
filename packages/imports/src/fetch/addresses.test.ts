import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { checkedAddresses, isAllowedHost, isPublicAddress } from './addresses.ts';

const closed = {
  loopback: ['127.0.0.1', '127.255.255.254', '::1', '::ffff:127.0.0.1', '::127.0.0.1'],
  private: ['10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1', '::ffff:10.0.0.1', '::ffff:c0a8:101'],
  'link-local and metadata': ['169.254.169.254', '169.254.0.1', 'fe80::1', 'fd00:ec2::254', '168.63.129.16'],
  'unique-local and site-local': ['fc00::1', 'fd12:3456::1', 'fec0::1'],
  'carrier-grade NAT': ['100.64.0.1', '100.100.100.200', '100.127.255.255'],
  'multicast and broadcast': ['224.0.0.1', '239.1.1.1', '255.255.255.255', 'ff02::1'],
  'unspecified and reserved': ['0.0.0.0', '0.1.2.3', '::', '240.0.0.1', '192.0.2.1', '198.18.0.1', '2001:db8::1'],
  'IPv4 within IPv6': ['64:ff9b::7f00:1', '2002:7f00:1::', '2001:0:7f00:1::', '::ffff:0:127.0.0.1'],
  'no address': ['', 'localhost', '1.2.3', '999.1.1.1', 'x'],
};
for (const [name, addresses] of Object.entries(closed)) {
  test(`not public: ${name}`, () => {
    for (const address of addresses) assert.equal(isPublicAddress(address), false, address);
  });
}

test('public addresses', () => {
  for (const address of ['8.8.8.8', '172.32.0.1', '100.128.0.1', '2606:4700::1111', '::ffff:8.8.8.8']) {
    assert.equal(isPublicAddress(address), true, address);
  }
});

test('no IPv4 address becomes public by being written as a mapped IPv6 one', () => {
  fc.assert(
    fc.property(fc.ipV4(), (address) => {
      assert.equal(isPublicAddress(`::ffff:${address}`), isPublicAddress(address));
    }),
  );
});

const never = () => Promise.reject(new Error('must not be asked'));

test('other spellings of addresses are seen through', async () => {
  const spellings = [
    '2130706433',
    '0x7f000001',
    '0177.0.0.1',
    '127.1',
    '0x7f.1',
    '0',
    '[::1]',
    '[::ffff:7f00:1]',
    '127.0.0.1.',
  ];
  const wide = ['１２７.0.0.1', '①②⑦.⓪.⓪.①'];
  for (const host of [...spellings, ...wide, 'anybody@127.0.0.1', 'example.org:x@[::1]']) {
    await assert.rejects(checkedAddresses(new URL(`http://${host}/`), [], never), { kind: 'forbidden' }, host);
  }
  await assert.rejects(checkedAddresses(new URL('http://127.0.0.1\\@example.org/'), [], never), { kind: 'forbidden' });
});

test('one private answer among public ones is enough to refuse', async () => {
  const url = new URL('https://studies.example/');
  const answer =
    (...addresses: string[]) =>
    async () =>
      addresses.map((address) => ({ address, family: 4 as const }));
  await assert.rejects(checkedAddresses(url, [], answer('8.8.8.8', '10.0.0.1')), { kind: 'forbidden' });
  await assert.rejects(checkedAddresses(url, [], answer()), { kind: 'unavailable', code: 'link-host-unknown' });
  await assert.rejects(checkedAddresses(url, [], never), { kind: 'unavailable', code: 'link-host-unknown' });
  assert.deepEqual(await checkedAddresses(url, [], answer('8.8.8.8')), [{ address: '8.8.8.8', family: 4 }]);
  assert.deepEqual(await checkedAddresses(url, ['studies.example'], answer('10.0.0.1')), [
    { address: '10.0.0.1', family: 4 },
  ]);
});

test('a host is allowed on every port, or on one', () => {
  const allowed = (url: string, ...hosts: string[]) => isAllowedHost(new URL(url), hosts);
  assert.ok(allowed('http://files.lab/x', 'FILES.lab'));
  assert.ok(allowed('http://files.lab:8080/x', 'files.lab'));
  assert.ok(allowed('http://files.lab:8080/x', 'files.lab:8080'));
  assert.ok(allowed('https://files.lab/x', 'files.lab:443'));
  assert.ok(allowed('http://[::1]:81/', '[::1]:81') && allowed('http://[::1]/', '::1'));
  assert.ok(!allowed('http://files.lab:8081/x', 'files.lab:8080'));
  assert.ok(!allowed('http://files.lab/x', 'files.lab:443'));
  assert.ok(!allowed('http://other.files.lab/x', 'files.lab', 'lab', ''));
  assert.ok(!allowed('http://files.lab.evil.example/x', 'files.lab'));
});
