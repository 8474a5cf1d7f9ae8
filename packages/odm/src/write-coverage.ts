// Writes docs/api-coverage-odm.md: node packages/odm/src/write-coverage.ts <list of operations, tab-separated>
import { readFileSync, writeFileSync } from 'node:fs';
import { coverageReport, coverOperations, parsePublished } from './coverage.ts';
import { createOdmBench } from './testing.ts';

const [list = new URL('../../../../shared/reference/odm/endpoints.tsv', import.meta.url)] = process.argv.slice(2);
const published = parsePublished(readFileSync(list, 'utf8'));
const bench = await createOdmBench();
try {
  const coverage = coverOperations(published, bench.routes);
  writeFileSync(new URL('../../../docs/api-coverage-odm.md', import.meta.url), coverageReport(coverage));
  console.log(
    `${coverage.filter((operation) => operation.answered).length} of ${coverage.length} operations are answered`,
  );
} finally {
  await bench.close();
}
