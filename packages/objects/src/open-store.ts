import { fileURLToPath } from 'node:url';
import type { S3ClientConfig } from '@aws-sdk/client-s3';
import { localStore } from './local-store.ts';
import { s3Store } from './s3-store.ts';
import type { ObjectStore } from './types.ts';

/**
 * Opens the store that a setting names: `file:/folder` (or `file:folder`, relative to the working folder) or
 * `s3://bucket/prefix`. Throws a message for the administrator when the setting is neither.
 */
export function openObjectStore(setting: string, options: { s3?: S3ClientConfig } = {}): ObjectStore {
  const s3 = /^s3:\/\/([^/]+)(?:\/(.*))?$/.exec(setting);
  if (s3 !== null) {
    return s3Store({
      bucket: s3[1] ?? '',
      prefix: s3[2] ?? '',
      ...(options.s3 === undefined ? {} : { client: options.s3 }),
    });
  }
  const file = /^file:(.+)$/.exec(setting);
  if (file !== null) return localStore(setting.startsWith('file:///') ? fileURLToPath(setting) : (file[1] ?? ''));
  throw new Error(`The object store ${JSON.stringify(setting)} is neither file:/folder nor s3://bucket/prefix`);
}
