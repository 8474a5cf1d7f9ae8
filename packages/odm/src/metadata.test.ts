import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createOdmBench, type OdmBench } from './testing.ts';

let bench: OdmBench;
before(async () => {
  bench = await createOdmBench();
});
after(() => bench.close());

test('a study, samples and their link', async () => {
  const study = await bench.ask('POST', '/frontend/rs/genestack/studyCurator/default-released/studies', {
    body: { link: bench.serve('s.tsv', 'Study Source\tTarget Disease\nlab\tHealthy\n') },
  });
  console.log(study.text);
  assert.equal(study.status, 201);
});
