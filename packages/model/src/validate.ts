import type { Finding } from './finding.ts';
import { type Attributes, type AttributeValue, accessionAttribute } from './kind.ts';
import type { AttributeRule } from './template.ts';
import { typeNames, valueChecks } from './validate-types.ts';
import { alwaysValid, type VocabularyIndex } from './vocabulary.ts';

/** What the ODM API calls each kind of violation. */
export const odmErrorTypes = {
  'required-missing': 'VALUE_NOT_SET',
  'attribute-missing': 'MISSING_ATTRIBUTE',
  'type-mismatch': 'TYPE_NOT_MATCH',
  'vocabulary-not-found': 'VOCABULARY_NOT_FOUND',
  'vocabulary-synonym': 'SYNONYM_ATTRIBUTE',
} as const;
export type ValidationCode = keyof typeof odmErrorTypes;
export type OdmErrorType = (typeof odmErrorTypes)[ValidationCode];

/** Vocabularies by accession. One that is not there is not judged by, as when it is empty: text is free. */
export type Vocabularies = Pick<ReadonlyMap<string, VocabularyIndex>, 'get'>;

/** Judges one record; what it finds are warnings, because a template never keeps data out. */
export type RecordJudge = (values: Readonly<Attributes>) => readonly Finding[];

/**
 * Makes the judge of one target's rules. Compile once per template and target; vocabularies are looked up at each call,
 * so the same judge serves every batch whose labels were fetched beforehand.
 */
export function compileRules(rules: readonly AttributeRule[], vocabularies: Vocabularies): RecordJudge {
  // accessions are given by the store, so there is nothing of the submitter's to judge
  const judged = rules.filter((rule) => rule.name !== accessionAttribute);
  return (values) => {
    const findings: Finding[] = [];
    for (const rule of judged) {
      const value = Object.hasOwn(values, rule.name) ? values[rule.name] : undefined;
      // nearly every value is one text: it needs no list around it
      if (typeof value === 'string') judgeValue(rule, value, vocabularies, findings);
      else judgeAny(rule, value, vocabularies, findings);
    }
    return findings;
  };
}

/** Judges one record without compiling; for a single record only. */
export function validateRecord(
  rules: readonly AttributeRule[],
  values: Readonly<Attributes>,
  vocabularies: Vocabularies,
): readonly Finding[] {
  return compileRules(rules, vocabularies)(values);
}

/** True for what counts as no value: nothing, blank text, an empty list, a list of such. */
export function isUnset(value: AttributeValue | undefined): boolean {
  if (value === undefined || value === null) return true;
  if (typeof value === 'string') return value.trim() === '';
  return Array.isArray(value) && value.every(isUnset);
}

/** The texts of a value that a vocabulary is asked about: each of several values by itself. */
export function textsOf(value: AttributeValue | undefined): string[] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return value.flatMap(textsOf);
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value).trim();
  return text === '' || alwaysValid.has(text) ? [] : [text];
}

function judgeAny(
  rule: AttributeRule,
  value: AttributeValue | undefined,
  vocabularies: Vocabularies,
  findings: Finding[],
): void {
  if (value === undefined || isUnset(value)) {
    const code = value === undefined ? 'attribute-missing' : 'required-missing';
    if (rule.required) findings.push(finding(rule, code, notPresent(rule)));
    return;
  }
  for (const each of Array.isArray(value) ? value : [value]) {
    if (!isUnset(each)) judgeValue(rule, each, vocabularies, findings);
  }
}

function judgeValue(rule: AttributeRule, value: AttributeValue, vocabularies: Vocabularies, findings: Finding[]): void {
  if (typeof value === 'string') {
    if (value.trim() === '') {
      if (rule.required) findings.push(finding(rule, 'required-missing', notPresent(rule)));
      return;
    }
    if (alwaysValid.has(value)) return;
  }
  if (!valueChecks[rule.type](value)) {
    const message = `The value ${quote(value)} for attribute "${rule.name}" is not ${typeNames[rule.type]}`;
    findings.push({ ...finding(rule, 'type-mismatch', message), value });
    return;
  }
  if (rule.vocabulary === undefined) return;
  const vocabulary = vocabularies.get(rule.vocabulary);
  if (vocabulary === undefined || vocabulary.empty) return;
  const found = judgeLabel(rule, value, vocabulary);
  if (found !== undefined) findings.push(found);
}

function judgeLabel(rule: AttributeRule, value: AttributeValue, vocabulary: VocabularyIndex): Finding | undefined {
  const text = textsOf(value)[0];
  if (text === undefined) return undefined;
  const resolution = vocabulary.resolve(text);
  if (resolution.kind === 'preferred') return undefined;
  const subject = `The value ${quote(text)} for attribute "${rule.name}" is`;
  const place = `in the controlled vocabulary "${vocabulary.accession}"`;
  if (resolution.kind === 'synonym') {
    const message = `${subject} a synonym ${place}. Did you mean one of [${resolution.of.join(', ')}]?`;
    return { ...finding(rule, 'vocabulary-synonym', message), value, suggestions: resolution.of };
  }
  const { suggestions } = resolution;
  const question = suggestions.length === 0 ? '' : `. Did you mean one of [${suggestions.join(', ')}]?`;
  return { ...finding(rule, 'vocabulary-not-found', `${subject} not ${place}${question}`), value, suggestions };
}

function finding(rule: AttributeRule, code: ValidationCode, message: string): Finding {
  return { code, severity: 'warning', message, location: { attribute: rule.name } };
}

function notPresent(rule: AttributeRule): string {
  return `The value for required attribute "${rule.name}" is not present`;
}

/** A value of a megabyte must not make a message of a megabyte. */
function quote(value: AttributeValue): string {
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  return text.length > 200 ? `"${text.slice(0, 200)}…"` : `"${text}"`;
}
