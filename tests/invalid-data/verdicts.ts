/** What an import of a bad file leads to. `warn` is an import that came through with at least one finding. */
export type Verdict = 'accept' | 'warn' | 'reject';

/** The verdicts that a line of the list of bad files leaves open, in its own words: "reject or warn (as the doc says)". */
export function verdictsOf(text: string): Set<Verdict> {
  const words = text.replace(/\(.*?\)/g, '').toLowerCase();
  const verdicts = new Set<Verdict>();
  for (const part of words.split(/\bor\b/)) {
    if (/reject/.test(part)) verdicts.add('reject');
    else if (/warn/.test(part)) verdicts.add('warn');
    else if (/accept|support|convert|clean|pad|sniff|first row|ignore/.test(part)) verdicts.add('accept').add('warn');
  }
  return verdicts;
}

/** Where an import decides otherwise than the list suggests, and why. */
export const deliberate: Readonly<Record<string, { verdict: Verdict; reason: string }>> = {
  'gct/comma_decimal.gct': {
    verdict: 'warn',
    reason: 'real files have decimal commas; they are read as numbers, and told of',
  },
  'gct/unlinked_sample.gct': {
    verdict: 'accept',
    reason: 'samples are known when the file is linked; the link counts what it did not find',
  },
  'libraries/unknown_sample.tsv': {
    verdict: 'accept',
    reason: 'samples are known when the file is linked; the link counts what it did not find',
  },
  'xref/duplicate_txname.tsv': {
    verdict: 'warn',
    reason: 'real maps repeat transcripts; the first row wins, and the conflict is told of',
  },
  'xref/wrong_header.tsv': {
    verdict: 'warn',
    reason: 'maps from other tools name their columns otherwise; the order decides, and it is told of',
  },
};

/** Files of programs that an import refuses, and why. */
export const refusedVariants: Readonly<Record<string, string>> = {
  'vcf/callers/example-4.1-bnd.vcf': 'four of its records lack columns',
};

/** Files of the list of bad variants that come in without a word, and why. */
export const silentVariants: Readonly<Record<string, string>> = {
  'vcf/ebi_v4.3/failed/failed_meta_assembly_001.vcf': 'whether an address in the header can be reached is not judged',
  'vcf/ebi_v4.3/failed/failed_meta_pedigreedb_002.vcf': 'whether an address in the header can be reached is not judged',
};
