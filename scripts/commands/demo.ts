// `npm run demo [-- --once]`: a server on the embedded store in data/demo, the two example studies imported through the
// public API, and the answers to the questions people ask of them. The server stays; `--once` ends it.
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, normalize } from 'node:path';
import { root } from '../steps.ts';

const once = process.argv.includes('--once');
const port = Number(process.env.LINNAEA_PORT ?? 8080);
const home = join(root, 'data', 'demo');
const access = readAccess();
const files = await serveExamples();
const server = startServer();
const address = `http://127.0.0.1:${port}`;
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => server.kill('SIGTERM'));
server.on('exit', (code) => process.exit(process.exitCode ?? code ?? 1));

try {
  await waitUntilReady(server);
  if (await isEmpty()) {
    await importThousandGenomes();
    await importPooledLibraries();
  } else {
    console.log('The example studies are here already.');
  }
  await ask();
  files.close();
  if (once) server.kill('SIGTERM');
  else
    console.log(
      `\nOpen ${address} and sign in as ${access.email} with the password ${access.password}\nAPI token: ${access.token}   API pages: ${address}/api-docs   Ctrl+C ends.`,
    );
} catch (error) {
  server.kill('SIGTERM');
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

/** Credentials of the demonstration: made at the first run, kept beside its data. */
function readAccess(): { email: string; password: string; token: string } {
  const path = join(home, 'access.json');
  if (existsSync(path))
    return JSON.parse(readFileSync(path, 'utf8')) as { email: string; password: string; token: string };
  const made = {
    email: 'demo@linnaea.example',
    password: randomBytes(9).toString('base64url'),
    token: randomBytes(24).toString('base64url'),
  };
  mkdirSync(home, { recursive: true });
  writeFileSync(path, JSON.stringify(made), { mode: 0o600 });
  return made;
}

async function serveExamples() {
  const folder = join(root, 'examples');
  const examples = createServer(async (request, response) => {
    const path = normalize(join(folder, decodeURIComponent(request.url ?? '/')));
    if (!path.startsWith(folder) || !existsSync(path)) return response.writeHead(404).end();
    return response.end(await readFile(path));
  });
  await new Promise<void>((resolve) => examples.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(examples.address() as AddressInfo).port}`;
  return { host, link: (name: string) => `http://${host}/${name}`, close: () => examples.close() };
}

function startServer(): ChildProcess {
  return spawn(process.execPath, ['packages/server/src/main.ts', 'serve'], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      ...process.env,
      LINNAEA_PORT: String(port),
      LINNAEA_DATA_DIR: home,
      LINNAEA_LINK_ALLOW_HOSTS: files.host,
      LINNAEA_LOG_LEVEL: 'warn',
      LINNAEA_ADMIN_EMAIL: access.email,
      LINNAEA_ADMIN_PASSWORD: access.password,
      LINNAEA_ADMIN_TOKEN: access.token,
    },
  });
}

async function waitUntilReady(child: ChildProcess): Promise<void> {
  process.stdout.write('Starting the server …');
  for (let attempt = 0; attempt < 600; attempt += 1) {
    if (child.exitCode !== null)
      throw new Error(
        `\nThe server ended with status ${child.exitCode}. Is port ${port} in use? LINNAEA_PORT chooses another.`,
      );
    const answer = await fetch(`${address}/health`).catch(() => undefined);
    if (answer?.ok) {
      console.log(` ready at ${address}`);
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('The server did not start within a minute.');
}

async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
  const response = await fetch(`${address}/api/v1${path}`, {
    method,
    headers: {
      'Genestack-API-Token': access.token,
      Accept: 'application/json',
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return (text === '' ? undefined : JSON.parse(text)) as T;
}

async function isEmpty(): Promise<boolean> {
  const page = await call<{ meta: { pagination: { total: number } } }>('GET', '/as-curator/studies?pageLimit=1');
  return page.meta.pagination.total === 0;
}

/** Imports one file and shows how far it is; answers its accession. */
async function importFile(kind: string, what: string, body: Record<string, string>): Promise<string> {
  const { jobExecId } = await call<{ jobExecId: number }>('POST', `/jobs/import/${kind}`, body);
  for (let turn = 0; ; turn += 1) {
    const { status } = await call<{ status: string }>('GET', `/jobs/${jobExecId}/info`);
    if (process.stdout.isTTY) process.stdout.write(`\r  ${'|/-\\'[turn % 4]} ${what}: ${status.toLowerCase()}      `);
    if (status === 'COMPLETED' || status === 'FAILED' || status === 'STOPPED') break;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const output = await call<{
    status: string;
    result: { accession?: string; groupAccession?: string };
    errors: unknown;
  }>('GET', `/jobs/${jobExecId}/output`);
  if (output.status !== 'COMPLETED')
    throw new Error(`\nThe import of ${what} failed: ${JSON.stringify(output.errors)}`);
  const accession = output.result.groupAccession ?? output.result.accession ?? '';
  console.log(`${process.stdout.isTTY ? '\r' : ''}  ✓ ${what} → ${accession}            `);
  return accession;
}

function link(child: string, parent: string): Promise<unknown> {
  return call('POST', `/as-curator/integration/link/${child}/to/${parent}`);
}

async function importThousandGenomes(): Promise<void> {
  console.log('\nA study of four samples with expression and variants');
  const file = (name: string) => files.link(`thousand-genomes/${name}`);
  const study = await importFile('study', 'study', { metadataLink: file('study.tsv') });
  const samples = await importFile('samples', '4 samples', { metadataLink: file('samples.tsv') });
  const expression = await importFile('expression', 'expression (GCT)', {
    dataLink: file('expression.gct'),
    metadataLink: file('expression.gct.tsv'),
    dataClass: 'Bulk transcriptomics',
  });
  const variants = await importFile('variant', 'variants (VCF)', {
    dataLink: file('variants.vcf'),
    metadataLink: file('variants.vcf.tsv'),
  });
  await link(`sample/group/${samples}`, `study/${study}`);
  await link(`expression/group/${expression}`, `sample/group/${samples}`);
  await link(`variant/group/${variants}`, `sample/group/${samples}`);
  console.log('  ✓ linked by Sample Source ID');
}

async function importPooledLibraries(): Promise<void> {
  console.log('\nA study with pooled libraries');
  const file = (name: string) => files.link(`pooled-libraries/${name}`);
  const study = await importFile('study', 'study', { metadataLink: file('study.tsv') });
  const samples = await importFile('samples', '4 samples', { metadataLink: file('samples.tsv') });
  const libraries = await importFile('libraries', '2 libraries', { metadataLink: file('libraries.tsv') });
  const expression = await importFile('expression', 'expression by library (GCT)', {
    dataLink: file('expression.gct'),
    metadataLink: file('expression.gct.tsv'),
    dataClass: 'Bulk transcriptomics',
  });
  await link(`sample/group/${samples}`, `study/${study}`);
  await link(`library/group/${libraries}`, `sample/group/${samples}`);
  await link(`expression/group/${expression}`, `library/group/${libraries}`);
  console.log('  ✓ linked by Sample Source ID and Library ID');
}

type Row = Record<string, unknown>;

async function ask(): Promise<void> {
  const query = (parameters: Record<string, string>) => new URLSearchParams(parameters).toString();
  const studies = await call<{ data: Row[] }>('GET', '/as-curator/studies');
  show('Studies', studies.data, ['genestack:accession', 'Study Title', 'Study Description']);

  const first = String(studies.data[0]?.['genestack:accession']);
  const summary = await call<{
    samples: {
      attributes: {
        attributeName: string;
        attributeInvalidValues: { value: unknown; count: number; errors: { errorMessage: string }[] }[];
      }[];
    }[];
  }>('GET', `/as-curator/integration/studies/${first}/validation-summary`);
  const warnings = summary.samples.flatMap((group) =>
    group.attributes.flatMap((attribute) =>
      attribute.attributeInvalidValues.map((invalid) => ({
        attribute: attribute.attributeName,
        value: invalid.value,
        samples: invalid.count,
        message: invalid.errors[0]?.errorMessage,
      })),
    ),
  );
  show('What the template says of the first study', warnings, ['attribute', 'value', 'samples', 'message']);

  const pooled = await call<{ data: Row[] }>(
    'GET',
    `/as-curator/integration/link/samples/by/libraries?${query({ filter: '"Library ID"="LIB1"' })}`,
  );
  show('Samples of library LIB1', pooled.data, ['genestack:accession', 'Sample Source ID', 'Sex', 'Population']);

  const expression = await call<{ data: Row[] }>(
    'GET',
    `/as-curator/omics/expression/data?${query({ sampleFilter: 'Population=Finnish', exQuery: 'feature=ENSG00000077044' })}`,
  );
  show(
    'Expression of ENSG00000077044 in the Finnish samples',
    expression.data.map((row) => ({
      run: (row.itemOrigin as Row).runSourceId,
      gene: row.gene,
      value: row.expression,
      sample: (row.relationships as Row).sample,
    })),
    ['run', 'gene', 'value', 'sample'],
  );

  const variants = await call<{ data: Row[] }>(
    'GET',
    `/as-curator/omics/variant/data?${query({ vxQuery: 'region=chr2:233364000-233365000' })}`,
  );
  show(
    'Variants of chr2:233364000-233365000',
    variants.data.map((row) => {
      const variant = row.variant as Row;
      return {
        variant: `${variant.chrom}:${variant.pos} ${variant.ref}>${variant.alt}`,
        id: variant.id,
        run: (row.itemOrigin as Row).runSourceId,
        genotype: (row.genotype as Row).GT,
      };
    }),
    ['variant', 'id', 'run', 'genotype'],
  );
}

/** Prints rows as a small table; long cells are cut. */
function show(title: string, rows: readonly Row[], columns: readonly string[]): void {
  const text = (value: unknown) => {
    const plain = value === null || value === undefined ? '' : Array.isArray(value) ? value.join(', ') : String(value);
    return plain.length > 78 ? `${plain.slice(0, 77)}…` : plain;
  };
  const table = [columns, ...rows.map((row) => columns.map((column) => text(row[column])))];
  const widths = columns.map((_, index) => Math.max(...table.map((cells) => cells[index]!.length)));
  console.log(`\n${title}`);
  for (const [index, cells] of table.entries()) {
    console.log(
      `  ${cells
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd()}`,
    );
    if (index === 0) console.log(`  ${widths.map((width) => '─'.repeat(width)).join('  ')}`);
  }
  if (rows.length === 0) console.log('  (nothing)');
}
