import { after, before, test } from 'node:test';
import { createOdmBench, type OdmBench } from '@linnaea/odm/testing';
import { serveExample } from './examples.ts';
let bench: OdmBench;
before(async () => { bench = await createOdmBench(); });
after(() => bench.close());
test('x', async () => {
  const file = (name: string) => serveExample(bench, `thousand-genomes/${name}`);
  const create = async (path: string, body: unknown) => { const a = await bench.ask('POST', `/frontend/rs/genestack/${path}`, { body }); console.log(a.status, JSON.stringify(a.body, null, 1)); return a.body; };
  await create('studyCurator/default-released/studies', { link: file('study.tsv') });
  const s = await create('sampleCurator/default-released/samples', { link: file('samples.tsv') });
  await create('expressionCurator/default-released/expression/gct', { link: file('expression.gct'), metadataLink: file('expression.gct.tsv') });
  await create('variantCurator/default-released/variant/vcf', { link: file('variants.vcf'), metadataLink: file('variants.vcf.tsv') });
});
