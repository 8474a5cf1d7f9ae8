import type { MetaLine } from './meta.ts';
import type { VcfReport } from './report.ts';

type Rule = (meta: MetaLine) => string | undefined;

const NAME = /^[A-Za-z_][0-9A-Za-z_.]*$/;
const CONTIG = /^[0-9A-Za-z!#$%&+./:;?@^_|~-][0-9A-Za-z!#$%&+./:;=?@^_|~-]*$/;
const VARIANT_KINDS = new Set(['DEL', 'INS', 'DUP', 'INV', 'CNV', 'BND', 'TRA']);
const LINK = /^<?[a-z]+:\/\/[^\s<>:/]+(:\d+)?(\/[^\s<>:]*)?>?$|^[^\s<>:]+$/;

/** What each kind of header line must have; the first broken rule is told. */
const RULES: ReadonlyMap<string, readonly Rule[]> = new Map([
  ['INFO', [structured, idFirst, idLike(/^([A-Za-z_][0-9A-Za-z_.]*|1000G)$/), quotedDescription]],
  ['FORMAT', [structured, idFirst, idLike(NAME), quotedDescription]],
  ['FILTER', [structured, idFirst, idLike(/^(?!0$)[^\s;]+$/), quotedDescription]],
  [
    'ALT',
    [structured, idFirst, idLike(/^[^\s,<>]+$/), variantKind, onlyParts(['ID', 'Description']), quotedDescription],
  ],
  ['contig', [structured, idFirst, idLike(CONTIG)]],
  ['SAMPLE', [structured, idFirst, idLike(/^[0-9A-Za-z_.:-]+$/)]],
  ['META', [structured, idFirst, metaNumber, metaType, metaValues]],
  ['PEDIGREE', [structured, pedigree]],
  ['assembly', [link]],
  ['pedigreeDB', [link]],
]);

/** Tells what is wrong with the content of a well-formed header line. All of it can be read all the same. */
export function checkMetaLine(meta: MetaLine, line: number, report: VcfReport): void {
  if (!/^[^\s=<>",]+$/.test(meta.key)) {
    report.warning('vcf-meta-key', 'The name of a header line holds characters that are not allowed', {
      line,
      value: meta.key,
    });
  }
  for (const rule of RULES.get(meta.key) ?? []) {
    const fault = rule(meta);
    if (fault === undefined) continue;
    report.warning('vcf-meta-content', `The header line ${meta.key} ${fault}`, { line, attribute: meta.key });
    return;
  }
}

function structured(meta: MetaLine): string | undefined {
  return meta.parts === undefined ? 'should hold its parts in "<" and ">"' : undefined;
}

function idFirst(meta: MetaLine): string | undefined {
  const first = meta.parts?.keys().next().value;
  if (meta.parts?.has('ID') !== true) return 'has no ID';
  return first === 'ID' ? undefined : 'does not begin with its ID';
}

function idLike(pattern: RegExp): Rule {
  return (meta) => {
    const id = meta.parts?.get('ID')?.value ?? '';
    return pattern.test(id) ? undefined : `has the malformed ID "${id.slice(0, 60)}"`;
  };
}

/** A kind with a suffix must be one of the known kinds; a plain name may be anything. */
function variantKind(meta: MetaLine): string | undefined {
  const id = meta.parts?.get('ID')?.value ?? '';
  const kind = /^([^:]+):/.exec(id)?.[1];
  return kind === undefined || VARIANT_KINDS.has(kind)
    ? undefined
    : `has an ID of an unknown kind, "${id.slice(0, 60)}"`;
}

function onlyParts(names: readonly string[]): Rule {
  return (meta) => {
    const extra = [...(meta.parts?.keys() ?? [])].find((name) => !names.includes(name));
    return extra === undefined ? undefined : `has the unknown part "${extra.slice(0, 60)}"`;
  };
}

function quotedDescription(meta: MetaLine): string | undefined {
  const description = meta.parts?.get('Description');
  if (description === undefined) return 'has no Description';
  return description.quoted ? undefined : 'has a Description without quotation marks';
}

function metaNumber(meta: MetaLine): string | undefined {
  const number = meta.parts?.get('Number')?.value;
  return number === undefined || /^(\d+|[ARG.])$/.test(number) ? undefined : 'has no valid Number';
}

function metaType(meta: MetaLine): string | undefined {
  const type = meta.parts?.get('Type')?.value;
  return type === undefined || /^(Integer|Float|Flag|Character|String)$/.test(type) ? undefined : 'has no valid Type';
}

function metaValues(meta: MetaLine): string | undefined {
  const values = meta.parts?.get('Values')?.value;
  return values === undefined || values.startsWith('[') ? undefined : 'has Values without "[" and "]"';
}

function pedigree(meta: MetaLine): string | undefined {
  if (meta.parts?.has('ID') !== true) return 'has no ID';
  for (const { value } of meta.parts.values()) {
    if (!/^[0-9A-Za-z_.|-]+$/.test(value)) return `has the malformed value "${value.slice(0, 60)}"`;
  }
  return undefined;
}

function link(meta: MetaLine): string | undefined {
  return LINK.test(meta.value) ? undefined : 'should hold a link';
}
