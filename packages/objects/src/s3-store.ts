import { Readable } from 'node:stream';
import {
  AbortMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  type GetObjectCommandOutput,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  type ListMultipartUploadsCommandOutput,
  PutObjectCommand,
  paginateListObjectsV2,
  S3Client,
  type S3ClientConfig,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { type Body, digestBytes, digesting, emptyStream } from './digest.ts';
import { checkKey, checkPrefix, checkRange } from './keys.ts';
import type { ObjectInfo, ObjectStore, StoredObject } from './types.ts';

export interface S3StoreOptions {
  bucket: string;
  /** Folder within the bucket; '' or absent for the whole bucket. */
  prefix?: string;
  /** Endpoint, region, credentials, path style, …; without credentials the SDK looks for them in its usual places. */
  client?: S3ClientConfig;
}

// 10,000 parts at most make 160 GB; four are in memory at once
const partSize = 16 * 1024 * 1024;
const partsAtOnce = 4;

const clientDefaults: S3ClientConfig = {
  region: 'us-east-1',
  // S3 servers other than Amazon's may not know the newer checksums
  requestChecksumCalculation: 'WHEN_REQUIRED',
  responseChecksumValidation: 'WHEN_REQUIRED',
  requestHandler: {
    connectionTimeout: 5_000,
    socketTimeout: 60_000,
    httpAgent: { maxSockets: 128 },
    httpsAgent: { maxSockets: 128 },
  },
};

/** Objects in a bucket of S3 or of a server that speaks its protocol. The bucket must exist. */
export function s3Store(options: S3StoreOptions): Required<Omit<ObjectStore, 'localPath'>> {
  const client = new S3Client({ ...clientDefaults, ...options.client });
  const { bucket } = options;
  const base = checkPrefix(options.prefix ?? '');
  const target = (key: string) => ({ Bucket: bucket, Key: base + checkKey(key) });

  async function put(key: string, body: Body): Promise<StoredObject> {
    if (body instanceof Uint8Array && body.byteLength <= partSize) {
      await client.send(new PutObjectCommand({ ...target(key), Body: body, ContentLength: body.byteLength }));
      return digestBytes(body);
    }
    const source = digesting(body instanceof Uint8Array ? Readable.from([body]) : body);
    const Body = Readable.from(source.pieces, { objectMode: false });
    await new Upload({ client, params: { ...target(key), Body }, partSize, queueSize: partsAtOnce }).done();
    return source.result();
  }

  async function fetch(
    key: string,
    range: { start: number; length?: number } | undefined,
  ): Promise<GetObjectCommandOutput['Body'] | 'empty'> {
    const place = target(key);
    if (range?.length === 0) return (await head(key)) === undefined ? undefined : 'empty';
    const end = range?.length === undefined ? '' : (range.start + range.length - 1).toString();
    const Range = range === undefined ? {} : { Range: `bytes=${range.start}-${end}` };
    try {
      return (await client.send(new GetObjectCommand({ ...place, ...Range }))).Body;
    } catch (error) {
      if (isStatus(error, 416)) return 'empty';
      return absent(error);
    }
  }

  async function get(key: string, range?: { start: number; length: number }): Promise<Uint8Array | undefined> {
    if (range !== undefined) checkRange(range);
    const body = await fetch(key, range);
    return body === 'empty' ? new Uint8Array(0) : body?.transformToByteArray();
  }

  async function stream(key: string, range?: { start: number; length?: number }): Promise<Readable | undefined> {
    if (range !== undefined) checkRange(range);
    const body = await fetch(key, range);
    if (body === 'empty') return emptyStream();
    if (body !== undefined && !(body instanceof Readable)) throw new Error('The S3 client did not answer a stream');
    return body;
  }

  async function head(key: string): Promise<ObjectInfo | undefined> {
    const found = await client.send(new HeadObjectCommand(target(key))).catch(absent);
    if (found === undefined) return undefined;
    return { key, size: found.ContentLength ?? 0, modified: found.LastModified ?? new Date(0) };
  }

  async function* pages(prefix: string): AsyncGenerator<ObjectInfo[]> {
    const Prefix = base + checkPrefix(prefix);
    for await (const page of paginateListObjectsV2({ client }, { Bucket: bucket, Prefix })) {
      yield (page.Contents ?? []).map((item) => ({
        key: (item.Key ?? '').slice(base.length),
        size: item.Size ?? 0,
        modified: item.LastModified ?? new Date(0),
      }));
    }
  }

  async function* list(prefix: string): AsyncGenerator<ObjectInfo> {
    for await (const page of pages(prefix)) yield* page;
  }

  async function removeAll(prefix: string): Promise<void> {
    for await (const page of pages(prefix)) {
      if (page.length === 0) continue;
      const Objects = page.map((info) => ({ Key: base + info.key }));
      const answer = await client.send(new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects, Quiet: true } }));
      const [failed] = answer.Errors ?? [];
      if (failed !== undefined) throw new Error(`The object ${failed.Key} could not be deleted: ${failed.Message}`);
    }
  }

  async function discardUnfinished(olderThan: Date): Promise<number> {
    let count = 0;
    let page: ListMultipartUploadsCommandOutput | undefined;
    do {
      const marker = { KeyMarker: page?.NextKeyMarker, UploadIdMarker: page?.NextUploadIdMarker };
      page = await client.send(new ListMultipartUploadsCommand({ Bucket: bucket, Prefix: base, ...marker }));
      for (const { Key, UploadId, Initiated } of page.Uploads ?? []) {
        if (Initiated === undefined || Initiated >= olderThan) continue;
        await client.send(new AbortMultipartUploadCommand({ Bucket: bucket, Key, UploadId }));
        count += 1;
      }
    } while (page.IsTruncated === true);
    return count;
  }

  return {
    put,
    get,
    stream,
    head,
    list,
    delete: async (key) => {
      await client.send(new DeleteObjectCommand(target(key)));
    },
    deleteAll: removeAll,
    discardUnfinished,
    signedUrl: (key, { method, seconds }) => {
      const place = target(key);
      const command = method === 'GET' ? new GetObjectCommand(place) : new PutObjectCommand(place);
      return getSignedUrl(client, command, { expiresIn: seconds });
    },
  };
}

function isStatus(error: unknown, status: number): boolean {
  return error instanceof S3ServiceException && error.$metadata.httpStatusCode === status;
}

function absent(error: unknown): undefined {
  // a missing bucket is a fault of the configuration, not an absent object
  if (!isStatus(error, 404) || (error instanceof Error && error.name === 'NoSuchBucket')) throw error;
}
