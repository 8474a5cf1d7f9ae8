import { type CatalogRecord, layoutsOf, type RecordLayout, resolveLabels, templateFor } from '@linnaea/catalog';
import {
  type AttributeRule,
  compileRules,
  type Finding,
  PrefetchedVocabularies,
  type RecordJudge,
} from '@linnaea/model';
import type { OdmDeps } from './deps.ts';

type Deps = Pick<OdmDeps, 'database'>;

interface Judge {
  rules: readonly AttributeRule[];
  vocabularies: PrefetchedVocabularies;
  judge: RecordJudge;
}

/**
 * Judges stored records by the templates in force, batch by batch; what a template rules changes with it, so nothing of
 * this is stored. Findings come in the order of the records.
 */
export class StoredRecordJudge {
  readonly #deps: Deps;
  readonly #judges = new Map<string, Judge>();

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  async judge(records: readonly CatalogRecord[]): Promise<(readonly Finding[])[]> {
    if (records.length === 0) return [];
    const layouts = await layoutsOf(
      this.#deps.database,
      records.map((record) => record.id),
    );
    const judges: Judge[] = [];
    for (const record of records) judges.push(await this.#judgeOf(record.kind, layouts.get(record.id)));
    for (const [judge, batch] of Map.groupBy(records.keys(), (index) => judges[index]!)) {
      await judge.vocabularies.prefetch([...batch].map((index) => records[index]!.attributes));
    }
    return records.map((record, index) => judges[index]!.judge(record.attributes));
  }

  async #judgeOf(kind: string, layout: RecordLayout | undefined): Promise<Judge> {
    const accession = layout?.template ?? null;
    const key = `${kind} ${accession}`;
    const known = this.#judges.get(key);
    if (known !== undefined) return known;
    const { database } = this.#deps;
    const template = await templateFor(database, accession);
    const rules = template?.rules.filter((rule) => rule.target === kind) ?? [];
    const vocabularies = new PrefetchedVocabularies(rules, (vocabulary, values) =>
      resolveLabels(database, vocabulary, values),
    );
    const made: Judge = { rules, vocabularies, judge: compileRules(rules, vocabularies) };
    this.#judges.set(key, made);
    return made;
  }
}
