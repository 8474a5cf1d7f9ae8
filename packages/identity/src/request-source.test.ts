import assert from 'node:assert/strict';
import { test } from 'node:test';
import { publicOrigins, type RequestSource, requestSource } from './request-source.ts';

const local = 'http://127.0.0.1:8080';
const open = 'https://catalogue.example.org';

interface Case {
  expected: RequestSource;
  headers: Record<string, string>;
  method?: string;
  publicUrl?: string;
}

const cases: Record<string, Case> = {
  'a page of ours': { headers: { 'sec-fetch-site': 'same-origin' }, expected: 'own' },
  'a page of another site': { headers: { 'sec-fetch-site': 'cross-site' }, expected: 'foreign' },
  'a page of a sibling': { headers: { 'sec-fetch-site': 'same-site' }, expected: 'foreign' },
  'no page at all': { headers: { 'sec-fetch-site': 'none' }, expected: 'foreign' },
  'a word that no browser says': { headers: { 'sec-fetch-site': 'same-origin, cross-site' }, expected: 'foreign' },
  'another site under our name': { headers: { 'sec-fetch-site': 'cross-site', origin: local }, expected: 'foreign' },
  'another site with a token of its own': {
    headers: { 'sec-fetch-site': 'cross-site', 'x-csrf-token': '1' },
    expected: 'foreign',
  },
  'an older browser': { headers: { origin: local }, expected: 'own' },
  'an older browser, by another name of the machine': { headers: { origin: 'http://localhost:8080' }, expected: 'own' },
  'another port': { headers: { origin: 'http://127.0.0.1:9000', host: '127.0.0.1:8080' }, expected: 'foreign' },
  'another origin': { headers: { origin: 'https://evil.example.org' }, expected: 'foreign' },
  'another origin with a token': {
    headers: { origin: 'https://evil.example.org', 'x-csrf-token': '1' },
    expected: 'foreign',
  },
  'another origin with a referer of ours': {
    headers: { origin: 'https://evil.example.org', referer: `${local}/` },
    expected: 'foreign',
  },
  'a hidden origin': { headers: { origin: 'null' }, expected: 'foreign' },
  'a hidden origin with a referer of ours': { headers: { origin: 'null', referer: `${local}/` }, expected: 'foreign' },
  'a hidden origin without a host': { headers: { origin: 'data:x', host: '' }, expected: 'foreign' },
  'two origins': { headers: { origin: `${local}, https://evil.example.org` }, expected: 'foreign' },
  'our name before another': { headers: { origin: 'http://127.0.0.1:8080@evil.example.org' }, expected: 'foreign' },
  'our name within another': { headers: { origin: 'http://127.0.0.1:8080.evil.example.org' }, expected: 'foreign' },
  'an empty origin': { headers: { origin: '' }, expected: 'foreign' },
  'a referer of ours': { headers: { referer: `${local}/studies/1?x=1` }, expected: 'own' },
  'a referer of others': { headers: { referer: 'https://evil.example.org/127.0.0.1:8080' }, expected: 'foreign' },
  'a program': { headers: { host: '127.0.0.1:8080' }, expected: 'program' },
  'a program that knows the custom': { headers: { 'x-csrf-token': 'any' }, expected: 'own' },
  'an empty token': { headers: { 'x-csrf-token': '' }, expected: 'program' },
  'reading for another site': { method: 'GET', headers: { 'sec-fetch-site': 'cross-site' }, expected: 'own' },
  'looking for another site': { method: 'HEAD', headers: { origin: 'null' }, expected: 'own' },
  'asking for leave': { method: 'OPTIONS', headers: { origin: 'https://evil.example.org' }, expected: 'foreign' },
  'deleting for another site': {
    method: 'DELETE',
    headers: { origin: 'https://evil.example.org' },
    expected: 'foreign',
  },
  'a name that the server was not told of': {
    headers: { origin: 'http://lab-server:8080', host: 'lab-server:8080' },
    expected: 'own',
  },
  'a proxy with TLS that the server was not told of': {
    headers: { origin: open, host: 'catalogue.example.org' },
    expected: 'own',
  },
  'behind a proxy, by the public address': {
    publicUrl: open,
    headers: { origin: open, host: '127.0.0.1:8080' },
    expected: 'own',
  },
  'behind a proxy, from a page of the machine it runs on': {
    publicUrl: open,
    headers: { origin: local, host: '127.0.0.1:8080' },
    expected: 'foreign',
  },
  'behind a proxy, from a page without TLS': {
    publicUrl: open,
    headers: { origin: 'http://catalogue.example.org', host: 'catalogue.example.org' },
    expected: 'foreign',
  },
  'behind a proxy, under another name with TLS': {
    publicUrl: open,
    headers: { 'sec-fetch-site': 'same-origin', origin: 'https://other.example.org', host: 'other.example.org' },
    expected: 'own',
  },
  'a public address with a path': { publicUrl: `${open}/`, headers: { origin: open }, expected: 'own' },
};

for (const [name, { expected, headers, method = 'POST', publicUrl = local }] of Object.entries(cases)) {
  test(`${method} by ${name} comes from ${expected}`, () => {
    assert.equal(requestSource({ method, headers }, publicOrigins(publicUrl)), expected);
  });
}

test('a server on one machine has the names of that machine; another one only its own', () => {
  assert.deepEqual(publicOrigins('http://localhost:8080'), [
    'http://localhost:8080',
    'http://127.0.0.1:8080',
    'http://[::1]:8080',
  ]);
  assert.deepEqual(publicOrigins('http://127.0.0.1'), ['http://127.0.0.1', 'http://localhost', 'http://[::1]']);
  assert.deepEqual(publicOrigins(`${open}/catalogue`), [open]);
});
