import { createOdmBench } from '../testing.ts';
const bench = await createOdmBench();
async function imported(kind: string, body: Record<string, unknown>): Promise<string> {
  const { body: job } = await bench.ask('POST', `/api/v1/jobs/import/${kind}`, { body });
  for (;;) {
    const { body: output } = await bench.ask('GET', `/api/v1/jobs/${job.jobExecId}/output`);
    if (output.status === 'COMPLETED') return output.result.groupAccession ?? output.result.accession;
    if (output.status === 'FAILED') throw new Error(JSON.stringify(output));
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
const runs = Array.from({ length: 1000 }, (_, i) => `S${i}`);
const features = 5000;
const study = await imported('study', { metadataLink: bench.serve('s.tsv', 'Study Title\nA\n') });
const samples = await imported('samples', { metadataLink: bench.serve('sa.tsv', `Sample Source\tSample Source ID\tOrgan\n${runs.map((r, i) => `x\t${r}\t${i % 10 === 0 ? 'brain' : 'liver'}`).join('\n')}\n`) });
await bench.ask('POST', `/api/v1/as-curator/integration/link/sample/group/${samples}/to/study/${study}`);
const lines = Array.from({ length: features }, (_, f) => `g${f}\td\t${runs.map(() => (Math.random() * 100).toFixed(3)).join('\t')}`);
const group = await imported('expression', { dataLink: bench.serve('e.gct', `#1.2\n${features}\t1000\nName\tDescription\t${runs.join('\t')}\n${lines.join('\n')}\n`) });
await bench.ask('POST', `/api/v1/as-curator/integration/link/expression/group/${group}/to/sample/group/${samples}`);
async function time(what: string, path: string, query: Record<string, string>) {
  const taken: number[] = [];
  let note = '';
  for (let i = 0; i < 9; i++) {
    const start = performance.now();
    const answer = await bench.ask('GET', `/api/v1/as-curator/${path}?${new URLSearchParams(query)}`);
    taken.push(performance.now() - start);
    note = `${answer.status} ${answer.body?.data?.length} rows, ${(answer.text.length / 1e3).toFixed(0)} kB`;
  }
  taken.sort((a, b) => a - b);
  console.log(what, `median ${taken[4]!.toFixed(0)} ms, best ${taken[0]!.toFixed(0)} ms`, note);
}
const studyFilter = `"genestack:accession"=${study}`;
await time('one feature x 1000', 'omics/expression/data', { studyFilter, exQuery: 'feature=g77' });
await time('one feature x 1000 minimal', 'omics/expression/data', { studyFilter, exQuery: 'feature=g77', returnedMetadataFields: 'minimal_data' });
await time('100x100 page', 'omics/expression/data', { studyFilter, sampleFilter: 'Organ=brain', exQuery: `feature=${Array.from({ length: 100 }, (_, i) => `g${i * 49}`).join(',')}` });
await time('expressions featureList', 'expressions', { featureList: 'g77' });
await time('samples', 'omics/samples', { studyFilter, exQuery: 'feature=g77 value>50' });
await bench.close();
