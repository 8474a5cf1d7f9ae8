import { readVcf } from '@linnaea/formats';
import type { JobContext } from '@linnaea/jobs';
import { writeVariants } from '@linnaea/signals';
import type { ImportDeps } from './deps.ts';
import type { ImportRequest } from './request.ts';
import type { SignalFile, WrittenSignal } from './signals.ts';
import { openStored } from './source.ts';

/** Writes a VCF file as a store of variants. Its faults go to the findings; the caller decides. */
export async function writeVariantFile(
  deps: ImportDeps,
  _request: ImportRequest,
  target: SignalFile,
  context: JobContext,
): Promise<WrittenSignal> {
  let runNames: readonly string[] = [];
  const summary = await writeVariants({
    store: deps.objects,
    prefix: target.prefix,
    open: async () => {
      const vcf = await readVcf(await openStored(deps, target.file, context), {
        file: target.file.fileName,
        report: (finding) => target.findings.add(finding),
      });
      runNames = vcf.header.samples;
      return vcf;
    },
  });
  context.report({ rows: summary.variants });
  return {
    runNames,
    signal: {
      layout: 'variants',
      prefix: target.prefix,
      featureCount: summary.variants,
      dataClass: 'Gene variant (VCF)',
    },
    attributes: { 'Data Class': 'Gene variant (VCF)' },
  };
}
