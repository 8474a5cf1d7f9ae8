import assert from 'node:assert/strict';
import { test } from 'node:test';
import Fastify from 'fastify';
import { answerErrors } from './answers.ts';

test('what is logged of a failed request does not open the file that its link opens', async () => {
  const logged: Record<string, unknown>[] = [];
  const quiet = () => undefined;
  const logger = { info: quiet, warn: quiet, error: (fields: object) => logged.push({ ...fields }) };
  const app = Fastify();
  answerErrors(app, { logger }, (message) => ({ message }));
  app.put('/user/data/objects/*', async () => {
    throw new Error('the disk is full');
  });
  const answer = await app.inject({ method: 'PUT', url: '/user/data/objects/d1?expires=9999999999&signature=secret' });
  await app.close();
  assert.equal(answer.statusCode, 500);
  assert.doesNotMatch(answer.body, /disk/);
  assert.deepEqual(
    logged.map(({ err: _, ...fields }) => fields),
    [{ method: 'PUT', route: '/user/data/objects/*' }],
  );
});
