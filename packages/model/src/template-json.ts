import type { Finding } from './finding.ts';
import type { AttributeRule, AttributeType, Template, TemplateTarget } from './template.ts';

/** What each target is called in template files. */
export const templateDataTypes: Readonly<Record<TemplateTarget, string>> = {
  study: 'study',
  sample: 'genestack:sampleObject',
  library: 'genestack:libraryObject',
  preparation: 'genestack:preparationObject',
  expression: 'genestack:transcriptomicsObject',
  'expression-group': 'genestack:transcriptomicsParent',
  variant: 'genestack:genomicsObject',
  'variant-group': 'genestack:genomicsParent',
  'flow-cytometry': 'genestack:facsObject',
  'flow-cytometry-group': 'genestack:facsParent',
};

/** What each value type is called in template files. */
export const templateMetainfoTypes: Readonly<Record<AttributeType, string>> = {
  string: 'com.genestack.api.metainfo.StringValue',
  integer: 'com.genestack.api.metainfo.IntegerValue',
  decimal: 'com.genestack.api.metainfo.DecimalValue',
  boolean: 'com.genestack.api.metainfo.BooleanValue',
  date: 'com.genestack.api.metainfo.DateTimeValue',
  link: 'com.genestack.api.metainfo.ExternalLink',
};

export const templateTargets = Object.keys(templateDataTypes) as readonly TemplateTarget[];

const targetsByDataType = spellings(templateDataTypes, 'genestack:');
const typesByMetainfoType = spellings(templateMetainfoTypes, '');
const longestDescription = 500;
const longestName = 255;

/** Each property that a rule may have, and the JSON type of its value. Later ones are accepted and mean nothing any more. */
const properties: ReadonlyMap<string, 'string' | 'boolean' | 'string or null'> = new Map([
  ['name', 'string'],
  ['dataType', 'string'],
  ['metainfoType', 'string'],
  ['isRequired', 'boolean'],
  ['isReadOnly', 'boolean'],
  ['description', 'string'],
  ['dictionaryName', 'string'],
  ['dictionaryAccession', 'string or null'],
  ['isSingle', 'boolean'],
  ['dictionaryPath', 'string'],
  ['referencedKeyName', 'string'],
]);
const mandatory = ['name', 'isRequired', 'metainfoType', 'dataType'] as const;

/** One rule as a template file spells it. */
export interface TemplateItem {
  dataType: string;
  name: string;
  metainfoType: string;
  isRequired: boolean;
  isReadOnly: boolean;
  description?: string;
  dictionaryName?: string;
  /** Only on the wire of the template editor, which names vocabularies by accession. */
  dictionaryAccession?: string;
}

/**
 * Reads a template file (already parsed as JSON): a flat array of rules in display order. Rules that are wrong are left
 * out and told of as findings, whose `location.record` is the place, e.g. `[3].metainfoType`. A template with a finding
 * of severity `error` should be refused as a whole.
 */
export function parseTemplate(
  json: unknown,
  identity: { accession?: string; name?: string } = {},
): { template: Template; findings: Finding[] } {
  const findings: Finding[] = [];
  const rules: AttributeRule[] = [];
  const template: Template = { accession: identity.accession ?? '', name: identity.name ?? '', rules };
  if (!Array.isArray(json)) {
    findings.push(problem('template-not-array', '', 'A template is an array of attribute rules'));
    return { template, findings };
  }
  const places = new Map<string, number>();
  for (const [index, item] of json.entries()) {
    const rule = parseRule(item, index, findings);
    if (rule === undefined) continue;
    const key = JSON.stringify([rule.target, rule.name]);
    const earlier = places.get(key);
    if (earlier !== undefined) {
      const message = `The attribute "${rule.name}" of ${templateDataTypes[rule.target]} is already at [${earlier}]`;
      findings.push(problem('template-duplicate-attribute', `[${index}].name`, message, rule.name));
      continue;
    }
    places.set(key, index);
    rules.push(rule);
  }
  return { template, findings };
}

/** The rules as a template file spells them. Vocabularies are given by name, or by accession where no name is known. */
export function exportTemplate(template: Pick<Template, 'rules'>): TemplateItem[] {
  return template.rules.map((rule) => ({
    dataType: templateDataTypes[rule.target],
    name: rule.name,
    metainfoType: templateMetainfoTypes[rule.type],
    isRequired: rule.required,
    isReadOnly: rule.readOnly,
    ...(rule.description === undefined ? {} : { description: rule.description }),
    ...(rule.vocabularyName === undefined ? {} : { dictionaryName: rule.vocabularyName }),
    ...(rule.vocabulary === undefined || rule.vocabularyName !== undefined
      ? {}
      : { dictionaryAccession: rule.vocabulary }),
  }));
}

/** Checks one rule of a template file against our own wording of its schema; undefined when it cannot be used. */
function parseRule(item: unknown, index: number, findings: Finding[]): AttributeRule | undefined {
  if (!isObject(item)) {
    findings.push(problem('template-rule-not-object', `[${index}]`, 'An attribute rule is an object', item));
    return undefined;
  }
  const before = findings.length;
  checkProperties(item, index, findings);
  const target = named(item, 'dataType', targetsByDataType, index, findings);
  const type = named(item, 'metainfoType', typesByMetainfoType, index, findings);
  checkTexts(item, index, findings);
  if (findings.length > before || target === undefined || type === undefined) return undefined;
  return {
    target,
    name: String(item.name),
    type,
    required: item.isRequired === true,
    readOnly: item.isReadOnly === true,
    ...(typeof item.dictionaryAccession === 'string' ? { vocabulary: item.dictionaryAccession } : {}),
    ...(typeof item.dictionaryName === 'string' ? { vocabularyName: item.dictionaryName } : {}),
    ...(typeof item.description === 'string' ? { description: item.description } : {}),
  };
}

function checkProperties(item: Record<string, unknown>, index: number, findings: Finding[]): void {
  for (const key of mandatory) {
    if (Object.hasOwn(item, key)) continue;
    findings.push(problem('template-property-missing', `[${index}].${key}`, `An attribute rule needs "${key}"`));
  }
  for (const [key, value] of Object.entries(item)) {
    const expected = properties.get(key);
    const place = `[${index}].${key}`;
    if (expected === undefined) {
      const message = `An attribute rule has no property "${key}"`;
      findings.push({
        ...problem('template-property-unknown', place, message, value),
        allowed: [...properties.keys()],
      });
    } else if (typeof value !== expected && !(expected === 'string or null' && isTextOrNull(value))) {
      const message = `"${key}" of an attribute rule is a ${expected}`;
      findings.push(problem('template-property-type', place, message, value));
    }
  }
}

function checkTexts(item: Record<string, unknown>, index: number, findings: Finding[]): void {
  const { name, description } = item;
  if (typeof name === 'string' && (name.trim() === '' || name.length > longestName)) {
    const message = `The name of an attribute has 1 to ${longestName} characters`;
    findings.push(problem('template-name', `[${index}].name`, message, name));
  }
  if (typeof description === 'string' && description.length > longestDescription) {
    const message = `A description has at most ${longestDescription} characters, this one has ${description.length}`;
    findings.push(problem('template-description-long', `[${index}].description`, message));
  }
  for (const key of ['name', 'description', 'dictionaryName', 'dictionaryAccession']) {
    const text = item[key];
    if (typeof text !== 'string' || (text.isWellFormed() && !text.includes('\0'))) continue;
    findings.push(problem('template-text', `[${index}].${key}`, `"${key}" holds a character that is not text`, text));
  }
  if (Object.hasOwn(item, 'dictionaryPath') && !Object.hasOwn(item, 'dictionaryName')) {
    const message = '"dictionaryPath" needs "dictionaryName" beside it';
    findings.push(problem('template-vocabulary-path', `[${index}].dictionaryPath`, message, item.dictionaryPath));
  }
}

function named<T>(
  item: Record<string, unknown>,
  key: string,
  values: ReadonlyMap<string, T>,
  index: number,
  findings: Finding[],
): T | undefined {
  const text = item[key];
  if (typeof text !== 'string') return undefined;
  const value = values.get(text);
  if (value === undefined) {
    const finding = problem(`template-${key === 'dataType' ? 'target' : 'type'}`, `[${index}].${key}`, '', text);
    findings.push({ ...finding, message: `"${text}" is not a ${key} of attribute rules`, allowed: [...values.keys()] });
  }
  return value;
}

/** Wire name to ours, with and without the prefix that some writers leave out. */
function spellings<T extends string>(names: Readonly<Record<T, string>>, prefix: string): ReadonlyMap<string, T> {
  const map = new Map<string, T>();
  for (const [ours, theirs] of Object.entries(names) as [T, string][]) {
    map.set(theirs, ours);
    if (prefix !== '' && theirs.startsWith(prefix)) map.set(theirs.slice(prefix.length), ours);
  }
  return map;
}

function problem(code: string, place: string, message: string, value?: unknown): Finding {
  return {
    code,
    severity: 'error',
    message,
    ...(place === '' ? {} : { location: { record: place } }),
    ...(value === undefined ? {} : { value }),
  };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isTextOrNull(value: unknown): boolean {
  return value === null || typeof value === 'string';
}
