/** A server with the interface as it was built, a small catalogue, and a browser that may reach nothing else. */
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fastifyCookie from '@fastify/cookie';
import fastifyStatic from '@fastify/static';
import { defaultDictionaryFolder, loadDataDictionary, registerGen3 } from '@linnaea/gen3';
import { registerPortal } from '@linnaea/portal';
import { createTestCatalogue, type TestCatalogue, testEmail, testPassword } from '@linnaea/portal/testing';
import { interfacePolicy } from '@linnaea/server';
import Fastify, { type FastifyInstance } from 'fastify';
import { type Browser, chromium, type Page } from 'playwright-core';
import { seed, seedJobs } from './seed.ts';

const built = fileURLToPath(new URL('../../packages/web/dist', import.meta.url));
const executablePath = process.env.LINNAEA_TEST_CHROMIUM;
const launchFlags = [
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export const desktop = { width: 1280, height: 800 };
export const phone = { width: 390, height: 844 };
export type Theme = 'light' | 'dark';

/** Why there can be no browser here; false when there can. */
export const noBrowser: string | false = !executablePath
  ? 'LINNAEA_TEST_CHROMIUM names no browser'
  : !existsSync(join(built, 'index.html'))
    ? 'the web interface is not built'
    : false;

export interface Site {
  address: string;
  catalogue: TestCatalogue;
  /** Accession of the study with many samples. */
  study: string;
  browser: Browser;
  close(): Promise<void>;
}

export async function openSite(): Promise<Site> {
  const folder = await mkdtemp(join(tmpdir(), 'linnaea-browser-'));
  const port = await freePort();
  const address = `http://127.0.0.1:${port}`;
  const catalogue = await createTestCatalogue(folder, address);
  const { dictionary } = await loadDataDictionary(defaultDictionaryFolder);
  catalogue.dictionary = { current: () => dictionary };
  const study = await seed(catalogue);
  await seedJobs(catalogue);
  const app = await serve(catalogue);
  await app.listen({ host: '127.0.0.1', port });
  await addDemoProject(catalogue, address);
  const browser = await chromium.launch({ executablePath: executablePath!, args: launchFlags });
  return {
    address,
    catalogue,
    study,
    browser,
    close: async () => {
      await browser.close();
      await app.close();
      await catalogue.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A program and a project made by the public API, because what is submitted is checked against them. */
async function addDemoProject({ gen3Credentials, admin }: TestCatalogue, address: string): Promise<void> {
  const { access_token } = await gen3Credentials.issueAccessToken(admin);
  const put = async (path: string, body: object) => {
    const answer = await fetch(`${address}/api/v0/submission${path}`, {
      method: 'PUT',
      headers: { Authorization: `Bearer ${access_token}`, 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
  };
  await put('', { type: 'program', name: 'FLW', dbgap_accession_number: 'FLW' });
  await put('/FLW', { type: 'project', code: 'DEMO', name: 'Demo', dbgap_accession_number: 'DEMO' });
}

async function freePort(): Promise<number> {
  const probe = Fastify();
  await probe.listen({ host: '127.0.0.1', port: 0 });
  const address = probe.server.address();
  await probe.close();
  if (address === null || typeof address === 'string') throw new Error('No free port');
  return address.port;
}

async function serve(catalogue: TestCatalogue): Promise<FastifyInstance> {
  const app = Fastify({
    bodyLimit: 32 * 2 ** 20,
    forceCloseConnections: true,
  });
  await app.register(fastifyCookie);
  await app.register(async (scope) => registerPortal(scope, catalogue));
  const { dictionary } = catalogue;
  await app.register(async (scope) =>
    registerGen3(scope, {
      ...catalogue,
      dictionary: { current: dictionary.current, reload: async () => undefined },
      maxUploadBytes: 32 * 2 ** 20,
    }),
  );
  await app.register(fastifyStatic, {
    root: built,
    wildcard: false,
    setHeaders: (reply) => {
      reply.header('Content-Security-Policy', interfacePolicy);
    },
  });
  app.setNotFoundHandler((request, reply) => {
    const wantsPage = request.method === 'GET' && (request.headers.accept ?? '').includes('text/html');
    if (wantsPage) return reply.type('text/html').sendFile('index.html');
    return reply.code(404).send({ error: { code: 'not-found', message: 'There is nothing at this address.' } });
  });
  return app;
}

export interface Visit {
  page: Page;
  /** Addresses of other hosts that the page asked for. All were refused. */
  foreign: string[];
  /** Errors of scripts, answers of the server with 5xx, and what the policy of the pages forbids. */
  faults: string[];
  close(): Promise<void>;
}

/** A fresh browser profile. Requests to any other host are refused and noted. */
export async function visit(
  site: Site,
  viewport: { width: number; height: number } = desktop,
  theme: Theme = 'light',
): Promise<Visit> {
  const context = await site.browser.newContext({
    viewport,
    colorScheme: theme,
    reducedMotion: 'reduce',
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  const foreign: string[] = [];
  const faults: string[] = [];
  await context.route('**/*', (route) => {
    const url = route.request().url();
    if (url.startsWith(`${site.address}/`) || url.startsWith('blob:') || url.startsWith('data:'))
      return route.continue();
    foreign.push(url);
    return route.abort();
  });
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  page.on('pageerror', (error) => faults.push(String(error)));
  page.on('console', (message) => {
    if (message.text().includes('Content Security Policy')) faults.push(message.text());
  });
  page.on('response', (response) => {
    if (response.status() >= 500) faults.push(`${response.status()} ${response.url()}`);
  });
  return { page, foreign, faults, close: () => context.close() };
}

export async function signIn({ page }: Visit, site: Site): Promise<void> {
  await page.goto(`${site.address}/sign-in`);
  await page.getByLabel('Email').fill(testEmail);
  await page.getByLabel('Password').fill(testPassword);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { name: /Welcome/ }).waitFor();
}

const axeSource = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Serious and critical findings of axe on what is shown now, each as one line. */
export async function findBarriers(page: Page): Promise<string[]> {
  await page.evaluate(axeSource);
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as {
      axe: {
        run(): Promise<{
          violations: { id: string; impact: string; nodes: { html: string; failureSummary: string }[] }[];
        }>;
      };
    };
    const { violations } = await axe.run();
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(
        ({ id, nodes }) =>
          `${id} (${nodes.length}): ${nodes[0]?.html.slice(0, 160)} ${nodes[0]?.failureSummary.replace(/\s+/g, ' ')}`,
      );
  });
}

/** Pixels by which the page is wider than the window. */
export async function overflow(page: Page): Promise<number> {
  // text, because these files are checked without the browser's own types
  return page.evaluate<number>('document.documentElement.scrollWidth - document.documentElement.clientWidth');
}
