import { type Queryable, sql } from '@linnaea/database';
import type { AttributeRule, Attributes, OdmKind, Principal } from '@linnaea/model';
import { layoutsOf } from '../layout.ts';
import { type CatalogRecord, getRecord, type View, viewAttributes, visibleRecords } from '../records.ts';
import { templateFor } from '../templates.ts';
import { type StudySummary, summaryColumns, withOwner } from './studies.ts';

/** Kinds that the page of a study shows as tables. */
export const tableKinds = ['sample', 'library', 'preparation'] as const;
export type TableKind = (typeof tableKinds)[number];

export interface StudyAttribute {
  name: string;
  value: Attributes[string];
  /** From the template; null for an attribute that it does not know. */
  description: string | null;
  required: boolean;
}

export interface StudyPage {
  summary: StudySummary;
  template: { accession: string; name: string } | null;
  attributes: StudyAttribute[];
  counts: Record<TableKind, number> & { data: number; file: number };
}

/** A study with its attributes in the order of its template, and how many records its tabs hold. */
export async function getStudyPage(
  db: Queryable,
  principal: Principal,
  accession: string,
  view: View,
): Promise<StudyPage> {
  const record = await getRecord(db, principal, accession, ['study'], { view });
  const summary = await db.first<StudySummary>(sql`
    select ${summaryColumns(principal, view)} from record r ${withOwner} where r.id = ${record.id}`);
  const layout = (await layoutsOf(db, [record.id])).get(record.id);
  const template = await templateFor(db, layout?.template ?? null);
  const rules = (template?.rules ?? []).filter((rule) => rule.target === 'study');
  return {
    summary: summary!,
    template: template ? { accession: template.accession, name: template.name } : null,
    attributes: orderAttributes(record.attributes, rules, layout?.fileOrder ?? []),
    counts: await countKinds(db, principal, record, view),
  };
}

/** Template first, then the file's order, then the rest. A required attribute without a value shows that it is missing. */
function orderAttributes(
  attributes: Attributes,
  rules: readonly AttributeRule[],
  fileOrder: readonly string[],
): StudyAttribute[] {
  const values = new Map(Object.entries(attributes));
  const byName = new Map(rules.map((rule) => [rule.name, rule]));
  const names = new Set([...byName.keys(), ...fileOrder, ...values.keys()]);
  return [...names]
    .filter((name) => name !== 'genestack:accession' && (values.has(name) || byName.get(name)?.required))
    .map((name) => ({
      name,
      value: values.get(name) ?? null,
      description: byName.get(name)?.description ?? null,
      required: byName.get(name)?.required ?? false,
    }));
}

async function countKinds(db: Queryable, principal: Principal, study: CatalogRecord, view: View) {
  const rows = await db.query<{ kind: string; count: number }>(sql`
    select r.kind, count(*)::int as count from record r
    where r.scope_id = ${study.scopeId} and r.model = 'odm' and ${visibleRecords(principal, 'read', view)} group by r.kind`);
  const of = (...kinds: string[]) => rows.reduce((sum, row) => sum + (kinds.includes(row.kind) ? row.count : 0), 0);
  return {
    sample: of('sample'),
    library: of('library'),
    preparation: of('preparation'),
    data: of('expression-group', 'variant-group', 'flow-cytometry-group'),
    file: of('file'),
  };
}

export interface DataFile {
  accession: string;
  kind: OdmKind;
  name: string;
  dataClass: string;
  runCount: number | null;
  featureCount: number | null;
  measurements: string[];
  /** Versions of one file share a chain; 0 = never superseded. */
  version: number;
  active: boolean;
  createdAt: Date;
  attributes: Attributes;
}

/** The data files of a study, newest first, at most 1,000. Throws `not-found` for a study that may not be read. */
export async function listDataFiles(
  db: Queryable,
  principal: Principal,
  accession: string,
  view: View,
): Promise<DataFile[]> {
  const study = await getRecord(db, principal, accession, ['study'], { view });
  return db.query<DataFile>(sql`
    select r.accession, replace(r.kind, '-group', '') as kind,
      coalesce(${viewAttributes(view)} ->> 'Name', ${viewAttributes(view)} ->> 'File Name',
        ${viewAttributes(view)} ->> 'Data Files / Raw', r.accession) as name,
      coalesce(v.data_class, initcap(replace(replace(r.kind, '-group', ''), '-', ' '))) as "dataClass",
      v.run_count as "runCount", v.feature_count as "featureCount", coalesce(v.measurements, '{}') as measurements,
      coalesce(v.version, 0) as version, coalesce(v.active, true) as active, r.created_at as "createdAt",
      ${viewAttributes(view)} as attributes
    from record r left join signal v on v.group_id = r.id
    where r.scope_id = ${study.scopeId} and r.model = 'odm'
      and r.kind in ('expression-group', 'variant-group', 'flow-cytometry-group', 'file')
      and ${visibleRecords(principal, 'read', view)}
    order by r.id desc limit 1000`);
}
