// The interface as people use it, in a real browser on a real catalogue.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { createSignInLink } from '@linnaea/identity';
import { testEmail, testPassword } from '@linnaea/portal/testing';
import {
  desktop,
  findBarriers,
  noBrowser,
  openSite,
  overflow,
  phone,
  type Site,
  signIn,
  type Theme,
  type Visit,
  visit,
} from './support.ts';

const options = { skip: noBrowser };
let site: Site;
before(async () => {
  if (!noBrowser) site = await openSite();
});
after(async () => {
  await site?.close();
});

/** Runs a visit and then checks what must hold of every one. */
async function visiting(
  work: (visit: Visit) => Promise<void>,
  viewport = desktop,
  theme: Theme = 'light',
): Promise<void> {
  const guest = await visit(site, viewport, theme);
  try {
    await work(guest);
    assert.deepEqual(guest.foreign, [], 'no request to another host');
    assert.deepEqual(guest.faults, [], 'no script error, no 5xx');
  } finally {
    await guest.close();
  }
}

test('a person signs in, comes to the page that was asked for, and signs out', options, () =>
  visiting(async ({ page }) => {
    await page.goto(`${site.address}/projects`);
    await page.getByLabel('Email').fill(testEmail);
    await page.getByLabel('Password').fill('not the password');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('alert').filter({ hasText: 'Wrong email or password' }).waitFor();
    await page.getByLabel('Password').fill(testPassword);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { name: 'Projects' }).waitFor();
    assert.equal(await page.evaluate('document.cookie'), '', 'scripts cannot read the session');
    await page.getByRole('button', { name: /account of/ }).click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await page.goto(`${site.address}/studies`);
    await page.getByLabel('Password').waitFor();
  }),
);

test('a one-time link signs in once', options, () =>
  visiting(async ({ page }) => {
    const { token } = await createSignInLink(
      site.catalogue.database,
      site.catalogue.admin,
      site.catalogue.stranger.email,
    );
    await page.goto(`${site.address}/sign-in/${token}`);
    await page.getByRole('heading', { name: 'Welcome, Bo Lind' }).waitFor();
    await page.getByText('No studies yet').waitFor();
    await page.goto(`${site.address}/sign-in/${token}`);
    await page.getByRole('heading', { name: 'This link does not work' }).waitFor();
  }),
);

test('a token is made, shown once, downloaded, and revoked', options, () =>
  visiting(async (guest) => {
    const { page } = guest;
    await signIn(guest, site);
    await page.goto(`${site.address}/profile`);
    await page.getByRole('button', { name: 'New token' }).click();
    await page.getByLabel('Name').fill('laptop');
    await page.getByRole('button', { name: 'Make the token' }).click();
    const token = await page.getByRole('textbox', { name: 'Token “laptop”' }).inputValue();
    const principal = await site.catalogue.authenticator.authenticate({ kind: 'api-token', value: token });
    assert.equal(principal?.email, testEmail);
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Download token.txt' }).click(),
    ]);
    assert.equal(await readFile(await file.path(), 'utf8'), token);
    await page.getByRole('button', { name: 'Done' }).click();
    assert.ok(!(await page.content()).includes(token), 'shown only once');
    await page.getByRole('button', { name: 'Revoke laptop' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
    await page.getByText('No tokens yet').waitFor();
    assert.equal(await site.catalogue.authenticator.authenticate({ kind: 'api-token', value: token }), undefined);
  }),
);

test('an API key is downloaded as the file that the Gen3 clients read', options, () =>
  visiting(async (guest) => {
    const { page } = guest;
    await signIn(guest, site);
    await page.goto(`${site.address}/profile`);
    await page.getByRole('button', { name: 'New API key' }).click();
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Download credentials.json' }).click(),
    ]);
    assert.equal(file.suggestedFilename(), 'credentials.json');
    const { api_key, key_id } = JSON.parse(await readFile(await file.path(), 'utf8'));
    assert.ok((await site.catalogue.gen3Credentials.exchangeApiKey(api_key)).access_token);
    await page.getByRole('button', { name: 'Done' }).click();
    await page.getByRole('button', { name: `Revoke ${key_id}` }).waitFor();
  }),
);

test('studies are searched; the address holds the search, and Back undoes it', options, () =>
  visiting(async (guest) => {
    const { page } = guest;
    await signIn(guest, site);
    await page.getByRole('link', { name: 'Studies', exact: true }).first().click();
    await page.getByText('8 studies').waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('melanoma resection');
    await page.getByText('1 study').waitFor();
    assert.match(page.url(), /query=melanoma/);
    assert.deepEqual(await page.locator('mark').allTextContents(), ['melanoma', 'resection']);
    await page.reload();
    await page.getByText('1 study').waitFor();
    await page.goBack();
    await page.getByText('8 studies').waitFor();
    await page.getByLabel('Sort').selectOption('samples');
    await page.locator('.study-row').first().getByText('1,250').waitFor();
    assert.match(page.url(), /sort=samples/);
  }),
);

test('one search finds studies and nodes, and leads to each', options, () =>
  visiting(async (guest) => {
    const { page } = guest;
    await signIn(guest, site);
    await page.keyboard.press('/');
    await page.keyboard.type('uveal || "case-63"');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Results for “uveal || "case-63"”' }).waitFor();
    await page.locator('.search-hit').first().waitFor();
    const kinds = page.getByRole('navigation', { name: 'Kinds' }).getByRole('link');
    assert.deepEqual(await kinds.allTextContents(), ['All 2', 'Studies 1', 'Cases (Gen3) 1']);
    assert.deepEqual(await page.locator('mark').allTextContents(), ['uveal', 'case-63', 'case-63']);
    await kinds.filter({ hasText: 'Cases' }).click();
    await page.locator('.search-hit').filter({ hasText: 'uveal' }).waitFor({ state: 'detached' });
    assert.match(page.url(), /kind=gen3\.case/);
    assert.equal(await kinds.count(), 3, 'the counts stay');
    await page.getByRole('link', { name: 'case-63', exact: true }).click();
    // the table of cases has two pages; the node is on the second
    await page.getByRole('cell', { name: 'case-63', exact: true }).waitFor();
    assert.match(page.url(), /\/projects\/LNN-MELANOMA\?tab=browse&kind=case&page=2/);
    await page.goBack();
    await page.goBack();
    await page.getByRole('link', { name: /uveal melanoma/ }).click();
    await page.getByRole('heading', { name: /uveal melanoma/ }).waitFor();
    await page.getByRole('searchbox', { name: 'Search everything' }).fill('"MEL-0007"');
    await page.keyboard.press('Enter');
    await page.getByRole('link', { name: 'MEL-0007' }).first().click();
    await page.getByRole('tab', { name: /Samples/, selected: true }).waitFor();
  }),
);

test('hits come in pages, mistakes are told, and a search of nothing says what there is', options, () =>
  visiting(async (guest) => {
    const { page } = guest;
    await signIn(guest, site);
    await page.getByRole('button', { name: 'Main menu' }).click();
    await page.getByRole('menuitem', { name: 'Search' }).click();
    await page.getByText('What are you looking for?').waitFor();
    await page.keyboard.type('melanoma');
    await page.keyboard.press('Enter');
    await page.getByText('25 shown').waitFor();
    await page.getByRole('button', { name: 'Show more' }).click();
    await page.getByText('50 shown').waitFor();
    const field = page.getByRole('searchbox', { name: 'Search everything' });
    await field.fill('(melanoma');
    await field.press('Enter');
    await page.getByRole('alert').filter({ hasText: 'closing parenthesis' }).waitFor();
    await page.goto(`${site.address}/nodes/nothing`);
    await page.getByText('There is no such node for you').waitFor();
  }, phone),
);

test('a study has tabs; its samples are a grid that keys and the clipboard work in', options, () =>
  visiting(async (guest) => {
    const { page } = guest;
    await signIn(guest, site);
    await page.goto(`${site.address}/studies/${site.study}`);
    await page.getByText('Biopsies were taken before the first dose').waitFor();
    await page.getByRole('tab', { name: /Samples/ }).click();
    await page.getByText('MEL-0001').first().waitFor();
    assert.match(page.url(), /tab=samples/);
    const grid = page.getByRole('grid');
    assert.equal(await grid.getAttribute('aria-rowcount'), '1251');
    assert.ok((await page.getByRole('row').count()) < 80, 'only the rows in sight are in the page');
    await grid.focus();
    await page.keyboard.press('Control+End');
    await page.getByRole('gridcell', { name: 'MEL-1250' }).waitFor();
    await page.keyboard.press('Control+Home');
    await page.getByRole('gridcell', { name: 'MEL-0001' }).waitFor();
    await page.keyboard.press('ArrowDown');
    for (const key of ['Shift+ArrowRight', 'Shift+ArrowDown']) await page.keyboard.press(key);
    await page.keyboard.press('Control+c');
    assert.equal(
      await page.evaluate('navigator.clipboard.readText()'),
      'MEL-0002\tHomo sapiens\nMEL-0003\tHomo sapiens',
    );
    await page.getByRole('tab', { name: /Preparations/ }).click();
    await page.getByText('No preparations yet').waitFor();
    await page.getByRole('tab', { name: /Data/ }).click();
    await page.getByText('Transcriptomics.gct').first().waitFor();
  }),
);

test('copying rows that were never in sight fetches them first', options, () =>
  visiting(async (guest) => {
    const { page } = guest;
    await signIn(guest, site);
    await page.goto(`${site.address}/studies/${site.study}?tab=samples`);
    await page.getByText('MEL-0001').first().waitFor();
    await page.getByRole('grid').focus();
    await page.keyboard.press('Control+Shift+ArrowDown');
    await page.keyboard.press('Control+c');
    await page.getByText('1,250 rows copied').waitFor();
    const lines = String(await page.evaluate('navigator.clipboard.readText()')).split('\n');
    assert.deepEqual([lines.length, lines[0], lines[700], lines.at(-1)], [1250, 'MEL-0001', 'MEL-0701', 'MEL-1250']);
  }),
);

test('a file is submitted; mistakes stand beside their lines', options, () =>
  visiting(async (guest) => {
    const { page } = guest;
    await signIn(guest, site);
    await page.goto(`${site.address}/projects/FLW-DEMO?tab=submit`);
    const choose = (rows: string[]) =>
      page.setInputFiles('input[type=file]', {
        name: 'experiments.tsv',
        mimeType: 'text/tab-separated-values',
        buffer: Buffer.from(`${rows.join('\n')}\n`),
      });
    const header = 'type\tsubmitter_id\tprojects.code';
    await choose([header, 'experiment\texp-1\tDEMO', 'experiment\texp-2\tNOWHERE', 'experiment\texp-3\tDEMO']);
    await page.getByText('TSV · 3 entities').waitFor();
    await page.getByRole('button', { name: 'Submit', exact: true }).click();
    await page.getByRole('alert').filter({ hasText: 'Nothing was written: 1 of 3 entities' }).waitFor();
    const wrong = page.locator('.file-line-wrong');
    assert.equal(await wrong.count(), 1);
    assert.equal(await wrong.locator('.file-line-number').textContent(), '3');
    assert.match((await wrong.textContent()) ?? '', /Cannot link/);
    assert.deepEqual(await findBarriers(page), []);
    await page.getByRole('button', { name: 'Another file' }).click();
    await choose([header, 'experiment\texp-1\tDEMO', 'experiment\texp-2\tDEMO']);
    await page.getByRole('button', { name: 'Check only' }).click();
    await page.getByText('Nothing was written. 2 would be created').waitFor();
    await page.getByRole('button', { name: 'Submit', exact: true }).click();
    await page.getByText('2 were created and 0 were updated').waitFor();
    await page.getByRole('tab', { name: 'Overview' }).click();
    await page
      .getByRole('row', { name: /experiment/ })
      .getByText('2', { exact: true })
      .waitFor();
  }),
);

test('nodes are browsed in a table and downloaded as TSV', options, () =>
  visiting(async (guest) => {
    const { page } = guest;
    await signIn(guest, site);
    await page.goto(`${site.address}/projects/FLW-DEMO?tab=browse&kind=experiment`);
    await page.getByRole('cell', { name: 'exp-2', exact: true }).waitFor();
    const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'TSV' }).click()]);
    const lines = (await readFile(await file.path(), 'utf8')).trim().split('\n');
    assert.equal(lines.length, 3);
    assert.match(lines[0] ?? '', /submitter_id/);
    await page.getByRole('combobox').fill('aliq');
    await page.keyboard.press('Enter');
    await page.getByText('No Aliquot in this project').waitFor();
    assert.match(page.url(), /kind=aliquot/);
  }),
);

test('a GraphQL query is completed from the schema, run with variables, and kept in the address', options, () =>
  visiting(async (guest) => {
    const { page } = guest;
    await signIn(guest, site);
    await page.goto(`${site.address}/graphql`);
    const query = page.getByRole('textbox', { name: 'Query' });
    await query.click();
    await page.keyboard.press('Control+a');
    await page.keyboard.type('query Q($code: String) { proj', { delay: 5 });
    await page
      .getByRole('option', { name: /^project/ })
      .first()
      .waitFor();
    assert.deepEqual(await findBarriers(page), [], 'completions');
    await page.keyboard.press('Escape');
    await query.fill('query Q($code: [String]) { project(code: $code) { project_id } }');
    await page.getByRole('textbox', { name: 'Variables' }).fill('{"code": ["DEMO"]}');
    await page.getByRole('button', { name: 'Run' }).click();
    await page.getByRole('textbox', { name: 'Result' }).getByText('FLW-DEMO').waitFor();
    assert.match(page.url(), /query=query/);
    await page.getByRole('tab', { name: 'Types' }).click();
    await page.getByLabel('Find a type or field').fill('aliquot');
    await page.locator('.type-list summary').first().click();
    await page.locator('.type-list').getByText('submitter_id').first().waitFor();
    assert.deepEqual(await findBarriers(page), [], 'types');
  }),
);

test('the theme follows the system until one is chosen, and the choice stays', options, () =>
  visiting(
    async (guest) => {
      const { page } = guest;
      const theme = () => page.evaluate('document.documentElement.dataset.theme');
      await signIn(guest, site);
      assert.equal(await theme(), 'dark');
      await page.emulateMedia({ colorScheme: 'light' });
      await page.waitForFunction('document.documentElement.dataset.theme === "light"');
      await page.getByRole('button', { name: 'Use the dark theme' }).click();
      await page.reload();
      await page.getByRole('heading', { name: /Welcome/ }).waitFor();
      assert.equal(await theme(), 'dark');
    },
    desktop,
    'dark',
  ),
);

test('jobs show their state while it changes', options, () =>
  visiting(async (guest) => {
    const { page } = guest;
    await signIn(guest, site);
    const { queue, database, admin } = site.catalogue;
    const job = await queue.enqueue(database, {
      kind: 'slow-test',
      input: {},
      startedBy: admin.userId,
      startedByEmail: admin.email,
    });
    await page.goto(`${site.address}/jobs`);
    const row = page.locator('.job').filter({ hasText: 'slow test' });
    await row.getByText('queued', { exact: true }).waitFor();
    let finish = () => {};
    const finished = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const workers = await queue.work({
      'slow-test': async ({ report }, complete) => {
        report({ step: 'reading', bytes: 2_000_000, totalBytes: 8_000_000, rows: 1200 });
        await finished;
        await database.transaction((tx) => complete(tx, {}));
      },
    });
    await row.getByText('reading · 2 of 8 MB · 1,200 rows').waitFor();
    finish();
    await row.getByText('completed', { exact: true }).waitFor();
    await workers.stop();
    assert.equal((await queue.get(job.id))?.state, 'completed');
  }),
);

const screens = (study: string): [name: string, path: string, shows: string][] => [
  ['first page', '/', 'Changed last'],
  ['studies', '/studies?query=melanoma', 'Sort'],
  ['no studies found', '/studies?query=nothinglikethis', 'Nothing matches'],
  ['search', '/search', 'What are you looking for?'],
  ['hits', '/search?q=aliquot* || melanoma', 'Show more'],
  ['hits of a kind', '/search?q=melanoma&kind=odm.sample', 'in study'],
  ['no hits', '/search?q=nothinglikethis', 'Nothing matches'],
  ['wrong search', '/search?q=(', 'Expected a search term'],
  ['study', `/studies/${study}`, 'Study Description'],
  ['samples', `/studies/${study}?tab=samples`, 'MEL-0001'],
  ['empty table', `/studies/${study}?tab=preparations`, 'No preparations yet'],
  ['data', `/studies/${study}?tab=data`, 'Transcriptomics.gct'],
  ['unknown study', '/studies/GSF1', 'There is no study GSF1 for you'],
  ['profile', '/profile', 'Gen3 API keys'],
  ['jobs', '/jobs', 'Start again'],
  ['projects', '/projects', 'LNN-MELANOMA'],
  ['project', '/projects/LNN-MELANOMA', 'aliquot'],
  ['submit', '/projects/LNN-MELANOMA?tab=submit', 'Drop a file here'],
  ['browse', '/projects/LNN-MELANOMA?tab=browse&kind=sample', 'TSV'],
  ['graph', '/projects/LNN-MELANOMA?tab=graph', 'Demographic'],
  ['GraphQL', '/graphql', 'Variables'],
  ['nowhere', '/nowhere', 'There is nothing at this address'],
];

for (const theme of ['light', 'dark'] as const) {
  for (const viewport of [desktop, phone]) {
    test(`every screen is without barriers and overflow, ${theme}, ${viewport.width} px`, options, () =>
      visiting(
        async (guest) => {
          const { page } = guest;
          await page.goto(`${site.address}/sign-in`);
          await page.getByLabel('Email').waitFor();
          assert.deepEqual(await findBarriers(page), [], 'sign-in');
          await signIn(guest, site);
          for (const [name, path, shows] of screens(site.study)) {
            await page.goto(site.address + path);
            await page.getByText(shows).first().waitFor();
            assert.deepEqual(await findBarriers(page), [], name);
            assert.ok((await overflow(page)) <= 0, `${name} is wider than its window`);
          }
        },
        viewport,
        theme,
      ),
    );
  }
}

test('open dialogs, menus and lists are without barriers', options, () =>
  visiting(async (guest) => {
    const { page } = guest;
    await signIn(guest, site);
    await page.goto(`${site.address}/profile`);
    await page.getByRole('button', { name: 'New token' }).click();
    await page.getByLabel('Name').waitFor();
    assert.deepEqual(await findBarriers(page), [], 'dialog');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: /account of/ }).click();
    await page.getByRole('menuitem', { name: 'Sign out' }).waitFor();
    assert.deepEqual(await findBarriers(page), [], 'menu');
    await page.goto(`${site.address}/projects/LNN-MELANOMA?tab=browse&kind=sample`);
    await page.getByRole('combobox').click();
    await page.getByRole('option', { name: /Aliquot/ }).waitFor();
    assert.deepEqual(await findBarriers(page), [], 'combobox');
    await page.keyboard.type('demo');
    await page.keyboard.press('Enter');
    await page.waitForURL(/kind=demographic/);
  }),
);

test('the first load is at most 250 KB of script, compressed', options, () =>
  visiting(async (guest) => {
    const { page } = guest;
    const { gzipSync } = await import('node:zlib');
    const sizes: number[] = [];
    page.on('response', (response) => {
      if (new URL(response.url()).pathname.endsWith('.js')) {
        void response.body().then((body) => sizes.push(gzipSync(body).length));
      }
    });
    await signIn(guest, site);
    await page.waitForLoadState('networkidle');
    const total = sizes.reduce((sum, size) => sum + size, 0);
    assert.ok(total > 50_000 && total <= 250_000, `${total} bytes`);
  }),
);
