import { desktop, findBarriers, openSite, overflow, phone, signIn, visit } from './support.ts';
const site = await openSite();
const out = '/tmp/web-shots';
const paths: [string, string][] = [
  ['dashboard', '/'], ['studies', '/studies?query=melanoma+biopsy'], ['study', `/studies/${site.study}`], ['samples', `/studies/${site.study}?tab=samples`],
  ['preparations', `/studies/${site.study}?tab=preparations`], ['data', `/studies/${site.study}?tab=data`], ['profile', '/profile'], ['jobs', '/jobs'], ['projects', '/projects'],
  ['project', '/projects/LNN-MELANOMA'], ['submit', '/projects/LNN-MELANOMA?tab=submit'], ['browse', '/projects/LNN-MELANOMA?tab=browse&kind=sample'], ['graph', '/projects/LNN-MELANOMA?tab=graph'], ['graphql', '/graphql'],
  ['nothing', '/nothing/here'],
];
const only = process.argv.slice(2);
try {
  for (const [name, viewport, theme] of [['1280', desktop, 'light'], ['390', phone, 'light'], ['dark-1280', desktop, 'dark'], ['dark-390', phone, 'dark']] as const) {
    const v = await visit(site, viewport, theme);
    if (theme === 'light') { await v.page.goto(`${site.address}/sign-in`); await v.page.getByLabel('Email').waitFor(); await v.page.screenshot({ path: `${out}/signin-${name}.png` }); }
    await signIn(v, site);
    for (const [label, path] of paths) {
      if (only.length && !only.includes(label)) continue;
      await v.page.goto(site.address + path);
      await v.page.waitForLoadState('networkidle');
      await v.page.waitForTimeout(150);
      await v.page.screenshot({ path: `${out}/${label}-${name}.png` });
      const over = await overflow(v.page);
      const bars = await findBarriers(v.page);
      if (over > 0) console.log(name, label, 'OVERFLOW', over);
      for (const b of bars) console.log(name, label, b);
    }
    if (!only.length || only.includes('flows')) {
      const { page } = v;
      const check = async (label: string) => { await page.waitForTimeout(120); await page.screenshot({ path: `${out}/${label}-${name}.png` }); const o = await overflow(page); if (o > 0) console.log(name, label, 'OVERFLOW', o); for (const b of await findBarriers(page)) console.log(name, label, b); };
      await page.goto(site.address + '/profile'); await page.getByRole('button', { name: 'New token' }).click(); await page.getByLabel('Name').fill('laptop ' + name); await check('newtoken');
      await page.getByRole('button', { name: 'Make the token' }).click(); await page.getByRole('button', { name: 'Done' }).waitFor(); await check('tokendialog'); await page.getByRole('button', { name: 'Done' }).click();
      await page.getByRole('button', { name: 'account of' }).click(); await check('accountmenu'); await page.keyboard.press('Escape');
      if (name.includes('390')) { await page.getByRole('button', { name: 'Main menu' }).click(); await check('mainmenu'); await page.keyboard.press('Escape'); }
      await page.goto(site.address + '/projects/LNN-MELANOMA?tab=browse&kind=sample'); await page.getByRole('combobox').click(); await check('combobox');
      await page.goto(site.address + '/projects/LNN-EMPTY?tab=submit');
      await page.setInputFiles('input[type=file]', { name: 'cases.tsv', mimeType: 'text/tab-separated-values', buffer: Buffer.from('type\tsubmitter_id\tprojects.code\texperiments.submitter_id\ncase\tcase-1\tEMPTY\texp-1\nexperiment\t\tEMPTY\t\ncase\tcase-3\tEMPTY\tnowhere\n') });
      await page.getByRole('button', { name: 'Check only' }).click(); await page.waitForTimeout(500); await check('submitted');
      await page.goto(site.address + `/studies/${site.study}?tab=samples`); await page.getByText('MEL-0003').click(); await page.keyboard.press('Shift+ArrowRight'); await page.keyboard.press('Shift+ArrowRight'); await page.keyboard.press('Shift+ArrowDown'); await check('range');
      await page.keyboard.press('Control+End'); await page.waitForTimeout(400); await check('end');
    }
    if (v.faults.length) console.log(name, 'FAULTS', [...new Set(v.faults)].slice(0, 10));
    if (v.foreign.length) console.log(name, 'FOREIGN', v.foreign);
    await v.close();
  }
} finally { await site.close(); }
