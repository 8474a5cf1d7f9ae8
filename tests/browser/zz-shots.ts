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
    if (v.faults.length) console.log(name, 'FAULTS', [...new Set(v.faults)].slice(0, 10));
    if (v.foreign.length) console.log(name, 'FOREIGN', v.foreign);
    await v.close();
  }
} finally { await site.close(); }
