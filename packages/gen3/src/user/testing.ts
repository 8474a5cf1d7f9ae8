import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Database } from '@linnaea/database';
import { createTestDatabase } from '@linnaea/database/testing';
import {
  createAuthenticator,
  createGen3Credentials,
  createScope,
  createUser,
  ensureAdministrator,
  grant,
  loadPrincipal,
  startSession,
} from '@linnaea/identity';
import { type AccessLevel, buildDataDictionary, type Principal } from '@linnaea/model';
import { localStore, type ObjectStore } from '@linnaea/objects';
import Fastify, { type FastifyInstance } from 'fastify';
import type { Gen3Deps } from '../deps.ts';
import { registerUser } from './register.ts';
