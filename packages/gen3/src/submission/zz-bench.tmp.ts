import { defaultDictionaryFolder, loadDataDictionary } from '../dictionary-source.ts';
import { createTestServer } from './testing.ts';
const { dictionary } = await loadDataDictionary(defaultDictionaryFolder);
const server = await createTestServer(dictionary);
const must = async (...a: Parameters<typeof server.send>) => { const r = await server.send(...a); if (r.status >= 300) throw new Error(r.text.slice(0, 1500)); return r; };
await must('PUT', '/v0/submission', { type: 'program', name: 'P', dbgap_accession_number: 'x' });
await must('PUT', '/v0/submission/P', { type: 'project', code: 'J', name: 'J', dbgap_accession_number: 'x' });
const caseNode = dictionary.nodes.get('case'); 
const parent = caseNode!.links[0]!;
if (parent.targetType !== 'project') await must('POST', '/v0/submission/P/J', { type: parent.targetType, submitter_id: 'e', projects: { code: 'J' } });
const link = parent.targetType === 'project' ? { code: 'J' } : { submitter_id: 'e' };
let n = 0; const times = new Map<string, number>();
{ const pg = (await import('pg')).default; const q = pg.Client.prototype.query; pg.Client.prototype.query = function (...a: any[]) { const key = String(a[0]?.text ?? a[0]?.cursor?.text ?? a[0]).trim().replace(/\s+/g, ' ').slice(0, 50); const s = performance.now(); const r = (q as any).apply(this, a); if (r?.then) r.then(() => times.set(key, (times.get(key) ?? 0) + performance.now() - s), () => {}); else if (r?.on) r.on('finish', () => times.set('copy ' + key, (times.get('copy ' + key) ?? 0) + performance.now() - s)); return r; } as any; }
const dump = (k: number) => { console.log([...times].sort((a, b) => b[1] - a[1]).slice(0, 14).map(([a, b]) => `  ${(b / k).toFixed(2)} ${a}`).join('\n')); times.clear(); };

const batch = (size: number) => { const out: object[] = []; for (let i = 0; i < size / 2; i++) { n++; out.push({ type: 'case', submitter_id: `case-${n}`, [parent.name]: link }, { type: 'sample', submitter_id: `sample-${n}`, cases: { submitter_id: `case-${n}` }, sample_type: 'Primary Tumor', days_to_collection: n, initial_weight: 1.5, tissue_type: 'Tumor' }); } return out; };
const first = await server.send('POST', '/v0/submission/P/J', batch(2)); console.log(first.status, first.text.slice(0, 800));
const t: number[] = [];
let last: object[] = [];
for (let i = 0; i < 12; i++) { last = batch(1000); const body = JSON.stringify(last); const s = performance.now(); await must('POST', '/v0/submission/P/J', body); t.push(performance.now() - s); }
dump(12); console.log('post 1000', t.map((x) => x.toFixed(0)).join(' '));
for (let i = 0; i < 3; i++) { const s = performance.now(); await must('PUT', '/v0/submission/P/J', last); console.log('put same 1000', (performance.now() - s).toFixed(0)); }
dump(3); const rows = last.filter((_, i) => i % 2 === 1).slice(0, 30) as any[];
const tsv = (w: number) => `type\tsubmitter_id\tcases.submitter_id\tsample_type\tinitial_weight\n${rows.map((r) => `sample\t${r.submitter_id}\t${r.cases.submitter_id}\tPrimary Tumor\t${w}`).join('\n')}\n`;
const u: number[] = [];
for (let i = 0; i < 20; i++) { const s = performance.now(); await must('PUT', '/v0/submission/P/J', tsv(i), { type: 'text/tab-separated-values' }); u.push(performance.now() - s); }
dump(20); console.log('put tsv 30 updates', u.map((x) => x.toFixed(1)).join(' '));
const v: number[] = [];
for (let i = 0; i < 20; i++) { const body = `type\tsubmitter_id\tcases.submitter_id\n${Array.from({ length: 30 }, (_, k) => `sample\tn-${i}-${k}\tcase-1`).join('\n')}\n`; const s = performance.now(); await must('PUT', '/v0/submission/P/J', body, { type: 'text/tab-separated-values' }); v.push(performance.now() - s); }
console.log('put tsv 30 new', v.map((x) => x.toFixed(1)).join(' '));
for (const f of ['tsv', 'json', 'tsv']) { const s = performance.now(); const r = await must('GET', `/v0/submission/P/J/export?node_label=sample&format=${f}`); console.log('export', f, r.text.length, (performance.now() - s).toFixed(0), 'ms', n); }
await server.close();
process.exit(0);
