import { CatalogueError } from '@linnaea/model';
import type { TestCatalogue } from '@linnaea/portal/testing';

const titles = [
  'Zoledronate response in bone marrow: paired biopsies before and after',
  'Longitudinal biopsy series of uveal melanoma under immune therapy',
  'Single-cell atlas of acral melanoma and adjacent skin',
  'Brain metastases of melanoma: matched biopsy and resection',
  'Vaccine trial with dendritic cells, peripheral blood and skin biopsy',
  'Nevus to melanoma progression in micro-dissected regions',
  'Sentinel lymph node profiles in stage III melanoma',
];
const diseases = ['melanoma', 'cutaneous melanoma', 'acral melanoma'];
const treatments = [['ipilimumab', 'nivolumab'], ['nivolumab'], []];

/** Samples that make every part of the grid work: several values, numbers, gaps, long texts, and 24 columns. */
function samples(count: number) {
  return Array.from({ length: count }, (_, i) => ({
    'Sample Source ID': `MEL-${String(i + 1).padStart(4, '0')}`,
    Organism: 'Homo sapiens',
    Disease: i % 14 === 13 ? null : diseases[i % 3]!,
    Tissue: i % 2 === 0 ? ['skin', 'lymph node'] : ['skin'],
    Sex: i % 2 === 0 ? 'female' : 'male',
    Age: String(39 + ((i * 7) % 40)),
    Treatment: treatments[i % 3]!,
    Notes:
      i % 10 === 0
        ? 'A long remark that does not fit into its cell, about how and when this sample was taken and kept'
        : '',
    ...Object.fromEntries(
      Array.from({ length: 16 }, (_, column) => [`Marker ${column + 1}`, ((i * (column + 3)) % 97) / 10]),
    ),
  }));
}

/** Fills a catalogue; answers the accession of the study with 1,250 samples. */
export async function seed(catalogue: TestCatalogue): Promise<string> {
  for (const [place, title] of titles.entries()) {
    await catalogue.addStudy({
      attributes: { 'Study Title': title, 'Study Source': 'own laboratory' },
      samples: samples(10 + place * 9),
      data: place % 2 === 0 ? ['Transcriptomics'] : ['Transcriptomics', 'Variant calls'],
    });
  }
  await catalogue.addProject('LNN', 'EMPTY', {});
  await catalogue.addProject('LNN', 'MELANOMA', {
    case: 64,
    sample: 128,
    aliquot: 240,
    demographic: 64,
    diagnosis: 61,
  });
  return catalogue.addStudy({
    attributes: {
      'Study Title': 'Anti-PD-1 response in cutaneous melanoma: pre-treatment biopsy transcriptomes',
      'Study Source': 'own laboratory',
      'Study Source ID': 'MEL-PD1',
      'Study Description': 'Biopsies were taken before the first dose. Response was judged after twelve weeks.',
      'Data Link': 'https://data.example.org/mel-pd1',
      Centres: ['Lund', 'Enugu', 'Kraków'],
    },
    samples: samples(1250),
    libraries: samples(3).map((_, i) => ({ 'Library ID': `LIB-${i + 1}`, 'Library Type': 'RNA-Seq-1' })),
    data: ['Transcriptomics', 'Variant calls'],
  });
}

/** One job of each look: completed with findings, failed, and waiting, because nobody works on its kind. */
export async function seedJobs({ queue, database, admin }: TestCatalogue): Promise<void> {
  const started = { startedBy: admin.userId, startedByEmail: admin.email, input: {} };
  const workers = await queue.work({
    'import-study': async (_context, complete) => {
      await database.transaction((tx) =>
        complete(tx, { accession: 'GSF100001' }, [
          {
            code: 'value-unknown',
            severity: 'warning',
            message: 'The vocabulary does not know “melanomma”.',
            location: { line: 7 },
          },
        ]),
      );
    },
    'import-sample': async () => {
      throw new CatalogueError('invalid', 'header-missing', 'The file has no column “Sample Source ID”.');
    },
  });
  const jobs = await Promise.all(
    ['import-study', 'import-sample'].map((kind) => queue.enqueue(database, { ...started, kind })),
  );
  for (const job of jobs) {
    for await (const state of queue.watch(job.id, AbortSignal.timeout(20_000))) void state;
  }
  await workers.stop();
  await queue.enqueue(database, { ...started, kind: 'import-expression' });
}
