import {
  type CatalogRecord,
  defaultTemplate,
  findRecords,
  getRecord,
  layoutsOf,
  type RecordLayout,
  suggestTerms,
  templateFor,
  type View,
} from '@linnaea/catalog';
import type { AttributeRule, Attributes, Principal, Template } from '@linnaea/model';
import { signalKinds, textsOf } from '@linnaea/model';
import type { OdmDeps } from './deps.ts';
import { type Arrangement, type Detail, presentRecord, type Shown, type ShowValue } from './present.ts';

export interface ReadOptions {
  view: View;
  detail: Detail;
  /** Values of vocabularies come with the ids of their term and vocabulary. */
  termIds?: boolean;
}

type Deps = Pick<OdmDeps, 'database'>;

/** Records as the API answers them, in the order given. Runs show the metadata of their file as well. */
export async function showRecords(
  deps: Deps,
  principal: Principal,
  records: readonly CatalogRecord[],
  options: ReadOptions,
): Promise<Shown[]> {
  if (records.length === 0) return [];
  const layouts = await layoutsOf(
    deps.database,
    records.map((record) => record.id),
  );
  const groups = await groupAttributes(deps, principal, records, options.view);
  const arranger = new Arranger(deps, options);
  const shown: Shown[] = [];
  for (const record of records) {
    const isRun = isSignalKind(record.kind);
    const { arrangement, showValue } = await arranger.of(record.kind, layouts.get(record.id));
    const inherited = isRun && record.group !== null ? groups.get(record.group) : undefined;
    const attributes: Attributes =
      inherited === undefined
        ? record.attributes
        : Object.fromEntries([...Object.entries(inherited), ...Object.entries(record.attributes)]);
    shown.push(
      presentRecord(
        { accession: record.accession, attributes, group: record.group, isRun },
        arrangement,
        await showValue(attributes),
      ),
    );
  }
  return shown;
}

export async function showRecord(
  deps: Deps,
  principal: Principal,
  record: CatalogRecord,
  options: ReadOptions,
): Promise<Shown> {
  const [shown] = await showRecords(deps, principal, [record], options);
  return shown!;
}

/** One record by accession, as the API answers it. Throws `not-found`. */
export async function readRecord(
  deps: Deps,
  principal: Principal,
  accession: string,
  kinds: readonly string[],
  options: ReadOptions,
): Promise<Shown> {
  return showRecord(
    deps,
    principal,
    await getRecord(deps.database, principal, accession, kinds, { view: options.view }),
    options,
  );
}

export function isSignalKind(kind: string): boolean {
  return (signalKinds as readonly string[]).includes(kind);
}

async function groupAttributes(
  deps: Deps,
  principal: Principal,
  records: readonly CatalogRecord[],
  view: View,
): Promise<Map<string, Attributes>> {
  const wanted = new Set(records.filter((record) => isSignalKind(record.kind)).flatMap((record) => record.group ?? []));
  if (wanted.size === 0) return new Map();
  const groups = await findRecords(deps.database, principal, [...wanted], { view });
  return new Map(groups.map((group) => [group.accession, group.attributes]));
}

/** The rules that a kind's records are shown and judged by: a run's are those of its file and its own. */
export function rulesOf(template: Template | undefined, kind: string): readonly AttributeRule[] {
  const targets = isSignalKind(kind) ? [`${kind}-group`, kind] : [kind];
  return targets.flatMap((target) => template?.rules.filter((rule) => rule.target === target) ?? []);
}

interface Arranged {
  arrangement: Arrangement;
  /** Makes the value shower for one record's attributes; asks for terms that are not known yet. */
  showValue(attributes: Attributes): Promise<ShowValue | undefined>;
}

/** Finds templates and orders once per kind and layout: the records of a group share both. */
class Arranger {
  readonly #deps: Deps;
  readonly #options: ReadOptions;
  readonly #known = new Map<string, Map<RecordLayout | undefined, Arranged>>();

  constructor(deps: Deps, options: ReadOptions) {
    this.#deps = deps;
    this.#options = options;
  }

  async of(kind: string, layout: RecordLayout | undefined): Promise<Arranged> {
    const ofKind = this.#known.get(kind) ?? new Map<RecordLayout | undefined, Arranged>();
    this.#known.set(kind, ofKind);
    const known = ofKind.get(layout);
    if (known !== undefined) return known;
    const { database } = this.#deps;
    const { detail, termIds } = this.#options;
    const template =
      detail === 'minimal' ? await defaultTemplate(database) : await templateFor(database, layout?.template ?? null);
    const rules = rulesOf(template, kind);
    const terms = termIds ? new TermIds(this.#deps, rules) : undefined;
    const arranged: Arranged = {
      arrangement: { rules, fileOrder: layout?.fileOrder ?? [], detail },
      showValue: async (attributes) => terms?.shower(attributes),
    };
    ofKind.set(layout, arranged);
    return arranged;
  }
}

/** Ids of the terms behind labels, each looked up once. */
class TermIds {
  readonly #deps: Deps;
  readonly #vocabularies: ReadonlyMap<string, string>;
  readonly #codes = new Map<string, string | null>();

  constructor(deps: Deps, rules: readonly AttributeRule[]) {
    this.#deps = deps;
    this.#vocabularies = new Map(
      rules.flatMap((rule) => (rule.vocabulary === undefined ? [] : [[rule.name, rule.vocabulary]])),
    );
  }

  async shower(attributes: Attributes): Promise<ShowValue> {
    for (const [name, vocabulary] of this.#vocabularies) {
      for (const label of textsOf(Object.hasOwn(attributes, name) ? attributes[name] : null))
        await this.#learn(vocabulary, label);
    }
    return (name, value) => {
      const vocabulary = this.#vocabularies.get(name);
      if (vocabulary === undefined) return value;
      const one = (each: unknown) => ({
        value: each,
        termId: this.#codes.get(keyOf(vocabulary, String(each).trim())) ?? null,
        dictionaryAccession: vocabulary,
      });
      return Array.isArray(value) ? value.map(one) : one(value);
    };
  }

  async #learn(vocabulary: string, label: string): Promise<void> {
    const key = keyOf(vocabulary, label);
    if (this.#codes.has(key)) return;
    const found = await suggestTerms(this.#deps.database, vocabulary, label);
    this.#codes.set(key, found.find((term) => term.label === label)?.code ?? null);
  }
}

function keyOf(vocabulary: string, label: string): string {
  return `${vocabulary}\n${label}`;
}
