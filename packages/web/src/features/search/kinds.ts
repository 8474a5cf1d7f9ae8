import type { Dictionary, SearchCount } from '../../api/portal.ts';
import type { StudyTab } from '../../router.tsx';

interface OdmKind {
  one: string;
  many: string;
  /** Where the page of a study shows it. */
  tab: StudyTab;
}

/** The kinds of a study and of what it holds, in the order they are shown. */
const odmKinds: Record<string, OdmKind> = {
  study: { one: 'Study', many: 'Studies', tab: 'study' },
  sample: { one: 'Sample', many: 'Samples', tab: 'samples' },
  library: { one: 'Library', many: 'Libraries', tab: 'libraries' },
  preparation: { one: 'Preparation', many: 'Preparations', tab: 'preparations' },
  'expression-group': { one: 'Expression data', many: 'Expression data', tab: 'data' },
  'variant-group': { one: 'Variant data', many: 'Variant data', tab: 'data' },
  'flow-cytometry-group': { one: 'Flow cytometry data', many: 'Flow cytometry data', tab: 'data' },
  expression: { one: 'Expression run', many: 'Expression runs', tab: 'data' },
  variant: { one: 'Variant run', many: 'Variant runs', tab: 'data' },
  'flow-cytometry': { one: 'Flow cytometry run', many: 'Flow cytometry runs', tab: 'data' },
  file: { one: 'File', many: 'Files', tab: 'data' },
  'sample-group': { one: 'Table of samples', many: 'Tables of samples', tab: 'samples' },
  'library-group': { one: 'Table of libraries', many: 'Tables of libraries', tab: 'libraries' },
  'preparation-group': { one: 'Table of preparations', many: 'Tables of preparations', tab: 'preparations' },
};
const odmOrder = Object.keys(odmKinds);

type Kind = Pick<SearchCount, 'model' | 'kind'>;

/** A kind as words: `Case (Gen3)`. Titles of nodes are those of the data dictionary, where it knows them. */
export function kindName({ model, kind }: Kind, dictionary: Dictionary | undefined): string {
  return model === 'odm' ? (odmKinds[kind]?.one ?? words(kind)) : `${nodeTitle(kind, dictionary)} (Gen3)`;
}

/** The same for several: `Cases (Gen3)`. */
export function kindNames({ model, kind }: Kind, dictionary: Dictionary | undefined): string {
  return model === 'odm' ? (odmKinds[kind]?.many ?? words(kind)) : `${plural(nodeTitle(kind, dictionary))} (Gen3)`;
}

export function tabOf(kind: string): StudyTab {
  return odmKinds[kind]?.tab ?? 'study';
}

/** Kinds of studies in their own order, then nodes, the most first. */
export function inOrder(counts: readonly SearchCount[]): SearchCount[] {
  const place = ({ model, kind }: SearchCount) => {
    const known = odmOrder.indexOf(kind);
    return model === 'gen3' ? odmOrder.length + 1 : known < 0 ? odmOrder.length : known;
  };
  return counts.toSorted((a, b) => place(a) - place(b) || b.count - a.count);
}

const mostCounted = 10_000;

export function countText({ count, more }: Pick<SearchCount, 'count' | 'more'>): string {
  if (more && count === 0) return 'not counted';
  return `${Math.min(count, more ? mostCounted : count).toLocaleString('en')}${more ? '+' : ''}`;
}

export function sumOf(counts: readonly SearchCount[]): Pick<SearchCount, 'count' | 'more'> {
  return { count: counts.reduce((sum, { count }) => sum + count, 0), more: counts.some(({ more }) => more) };
}

function nodeTitle(kind: string, dictionary: Dictionary | undefined): string {
  return dictionary?.nodes.find((node) => node.type === kind)?.title || words(kind);
}

function words(kind: string): string {
  const text = kind.replaceAll(/[_-]+/g, ' ');
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Titles of a data dictionary are English nouns; some are plurals already. */
function plural(title: string): string {
  if (/sis$/i.test(title)) return `${title.slice(0, -2)}es`;
  if (/(s|data|information)$/i.test(title)) return title;
  if (/(x|ch|sh)$/i.test(title)) return `${title}es`;
  return /[^aeiou]y$/i.test(title) ? `${title.slice(0, -1)}ies` : `${title}s`;
}
