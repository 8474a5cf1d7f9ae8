import { json, type Queryable, sql, type Transaction } from '@linnaea/database';
import { type AttributeRule, CatalogueError, type Finding, type Template, type TemplateTarget } from '@linnaea/model';
import { nextAccession } from './accessions.ts';

export interface StoredTemplate extends Template {
  isDefault: boolean;
  createdBy: number | null;
  createdAt: Date;
  updatedAt: Date;
}

export interface TemplateToSave {
  /** The template to overwrite; without it a new one is made. */
  accession?: string;
  name: string;
  rules: readonly AttributeRule[];
  /** Subject id. */
  createdBy?: number;
  /** Without an accession: overwrite the template of this name, if there is one. */
  replace?: boolean;
}

const columns = sql`accession, name, rules, is_default as "isDefault", created_by as "createdBy",
  created_at as "createdAt", updated_at as "updatedAt"`;

/**
 * Stores a template; studies that use it are judged by the new rules at once. Vocabularies named in the rules are bound
 * to their accessions. A name that is not loaded is a finding; its attribute is free text until it is.
 */
export async function saveTemplate(
  tx: Transaction,
  input: TemplateToSave,
): Promise<{ template: StoredTemplate; findings: Finding[] }> {
  const name = input.name.trim();
  if (name === '') throw new CatalogueError('invalid', 'template-name', 'A template needs a name');
  const { rules, findings } = await bindVocabularies(tx, input.rules);
  const accession = input.accession ?? (input.replace ? await accessionOf(tx, name) : undefined);
  const template =
    accession === undefined
      ? await tx.first<StoredTemplate>(sql`
          insert into template (accession, name, rules, created_by)
          values (${await nextAccession(tx)}, ${name}, ${json(rules)}, ${input.createdBy ?? null}) returning ${columns}`)
      : await tx.first<StoredTemplate>(sql`
          update template set name = ${name}, rules = ${json(rules)}, updated_at = now()
          where accession = ${accession} returning ${columns}`);
  return { template: existing(template), findings };
}

/** Overwrites the rules of one target, and leaves the others and the order of targets as they are. */
export async function saveTemplateTarget(
  tx: Transaction,
  accession: string,
  target: TemplateTarget,
  rules: readonly AttributeRule[],
): Promise<{ template: StoredTemplate; findings: Finding[] }> {
  const { name, rules: all } = existing(
    await tx.first<StoredTemplate>(sql`select ${columns} from template where accession = ${accession} for update`),
  );
  const others = all.filter((rule) => rule.target !== target);
  const place = all.findIndex((rule) => rule.target === target);
  const before = place === -1 ? others.length : place;
  const own = rules.map((rule) => ({ ...rule, target }));
  return saveTemplate(tx, { accession, name, rules: others.toSpliced(before, 0, ...own) });
}

export function getTemplate(db: Queryable, accession: string): Promise<StoredTemplate | undefined> {
  return db.first<StoredTemplate>(sql`select ${columns} from template where accession = ${accession}`);
}

/** The template that judges what names none. Undefined only when none has been made the default. */
export function defaultTemplate(db: Queryable): Promise<StoredTemplate | undefined> {
  return db.first<StoredTemplate>(sql`select ${columns} from template where is_default`);
}

/** The template of a study or group; the default one when it names none, or one that is gone. */
export async function templateFor(db: Queryable, accession: string | null): Promise<StoredTemplate | undefined> {
  const named = accession === null ? undefined : await getTemplate(db, accession);
  return named ?? defaultTemplate(db);
}

/** Ordered by name. */
export function listTemplates(db: Queryable): Promise<StoredTemplate[]> {
  return db.query<StoredTemplate>(sql`select ${columns} from template order by name, created_at, accession`);
}

export async function setDefaultTemplate(tx: Transaction, accession: string): Promise<void> {
  // first none, then one: the unique index allows a single default at every moment
  await tx.run(sql`update template set is_default = false where is_default and accession <> ${accession}`);
  existing(
    await tx.first(sql`update template set is_default = true where accession = ${accession} returning accession`),
  );
}

/** Deletes a template; what used it falls back to the default one, which therefore cannot be deleted. */
export async function deleteTemplate(tx: Transaction, accession: string): Promise<void> {
  const template = existing(
    await tx.first<{ isDefault: boolean }>(sql`
      select is_default as "isDefault" from template where accession = ${accession} for update`),
  );
  if (template.isDefault) {
    const message = 'The default template cannot be deleted: make another one the default first';
    throw new CatalogueError('conflict', 'template-is-default', message);
  }
  await tx.run(sql`delete from template where accession = ${accession}`);
}

async function accessionOf(tx: Transaction, name: string): Promise<string | undefined> {
  const found = await tx.first<{ accession: string }>(sql`
    select accession from template where name = ${name} order by is_default desc, created_at desc limit 1`);
  return found?.accession;
}

async function bindVocabularies(
  tx: Transaction,
  rules: readonly AttributeRule[],
): Promise<{ rules: AttributeRule[]; findings: Finding[] }> {
  const vocabularies = await tx.query<{ accession: string; name: string; obsolete: boolean }>(sql`
    select accession, name, obsolete from vocabulary
    where (not obsolete and name = any(${rules.flatMap((rule) => rule.vocabularyName ?? [])}::text[]))
      or accession = any(${rules.flatMap((rule) => rule.vocabulary ?? [])}::text[])`);
  const byAccession = new Map(vocabularies.map((each) => [each.accession, each]));
  const byName = new Map(vocabularies.filter((each) => !each.obsolete).map((each) => [each.name, each]));
  const findings: Finding[] = [];
  const bound = rules.map((rule, index) => {
    const { vocabulary, vocabularyName, ...plain } = rule;
    if (vocabulary === undefined && vocabularyName === undefined) return rule;
    const found = byAccession.get(vocabulary ?? '') ?? byName.get(vocabularyName ?? '');
    if (found !== undefined) return { ...plain, vocabulary: found.accession, vocabularyName: found.name };
    findings.push(unknownVocabulary(rule, index));
    return vocabularyName === undefined ? plain : { ...plain, vocabularyName };
  });
  return { rules: bound, findings };
}

function unknownVocabulary(rule: AttributeRule, index: number): Finding {
  const given = rule.vocabularyName ?? rule.vocabulary;
  return {
    code: 'template-vocabulary-unknown',
    severity: 'warning',
    message: `No vocabulary "${given}" is loaded for the attribute "${rule.name}"; its text is free until one is`,
    location: { record: `[${index}]`, attribute: rule.name },
    value: given,
  };
}

function existing<T>(template: T | undefined): T {
  if (template === undefined) throw new CatalogueError('not-found', 'template-not-found', 'There is no such template');
  return template;
}
