import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { before, describe, test } from 'node:test';
import { CreateBucketCommand, CreateMultipartUploadCommand, S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import { openObjectStore } from './open-store.ts';
import { s3Store } from './s3-store.ts';
import { pattern, testStore } from './testing/conformance.ts';

// e.g. http://127.0.0.1:5000, a server on which any account may make buckets
const endpoint = process.env.LINNAEA_TEST_S3_ENDPOINT;
const skip = endpoint ? false : 'LINNAEA_TEST_S3_ENDPOINT is not set';

const client: S3ClientConfig = {
  endpoint: endpoint ?? '',
  region: 'us-east-1',
  forcePathStyle: true,
  credentials: {
    accessKeyId: process.env.LINNAEA_TEST_S3_ACCESS_KEY ?? 'test',
    secretAccessKey: process.env.LINNAEA_TEST_S3_SECRET_KEY ?? 'test',
  },
};
const bucket = `linnaea-${randomUUID()}`;
const freshPrefix = () => `p/${randomUUID()}`;

describe('the S3 store', { skip }, () => {
  before(async () => {
    await new S3Client(client).send(new CreateBucketCommand({ Bucket: bucket }));
  });

  testStore(async () => s3Store({ bucket, prefix: freshPrefix(), client }));

  test('signs URLs that anyone can use for a while', async () => {
    const store = s3Store({ bucket, prefix: freshPrefix(), client });
    const put = await store.signedUrl('a b/é', { method: 'PUT', seconds: 60 });
    assert.equal((await fetch(put, { method: 'PUT', body: pattern(1000) })).status, 200);
    assert.deepEqual(Buffer.from((await store.get('a b/é')) ?? []), pattern(1000));
    const answer = await fetch(await store.signedUrl('a b/é', { method: 'GET', seconds: 60 }));
    assert.deepEqual(Buffer.from(await answer.arrayBuffer()), pattern(1000));
    assert.match(put, /X-Amz-Expires=60/);
  });

  test('discards uploads that were cut off, by age', async () => {
    const prefix = freshPrefix();
    const store = s3Store({ bucket, prefix, client });
    const cutOff = new CreateMultipartUploadCommand({ Bucket: bucket, Key: `${prefix}/k` });
    await new S3Client(client).send(cutOff);
    assert.equal(await store.discardUnfinished(new Date(0)), 0);
    assert.equal(await store.discardUnfinished(new Date(Date.now() + 86_400_000)), 1);
    assert.equal(await store.discardUnfinished(new Date(Date.now() + 86_400_000)), 0);
  });

  test('lists and deletes more than one page', async () => {
    const store = openObjectStore(`s3://${bucket}/${freshPrefix()}`, { s3: client });
    const names = Array.from({ length: 1_003 }, (_, index) => `n/${String(index).padStart(4, '0')}`);
    for (let at = 0; at < names.length; at += 100) {
      await Promise.all(names.slice(at, at + 100).map((name) => store.put(name, pattern(1))));
    }
    const found: string[] = [];
    for await (const info of store.list('n')) found.push(info.key);
    assert.deepEqual(found, names);
    await store.deleteAll('n');
    for await (const info of store.list('')) assert.fail(info.key);
  });

  test('a bucket that does not exist is a fault, not an absent object', async () => {
    const store = s3Store({ bucket: `absent-${randomUUID()}`, client });
    await assert.rejects(store.get('k'), { name: 'NoSuchBucket' });
    await assert.rejects(store.put('k', pattern(1)), { name: 'NoSuchBucket' });
  });
});
