import { type CatalogRecord, getRecord, scrollRecords } from '@linnaea/catalog';
import { type Finding, isUnset, odmErrorTypes, type ValidationCode } from '@linnaea/model';
import { StoredRecordJudge } from '../judging.ts';
import type { Call, Operation } from '../operation.ts';
import { ref } from '../schemas.ts';

/** What the template finds wrong with the samples of a study, by group, attribute and value. */
export function validationOperations(): Operation[] {
  return [
    {
      method: 'GET',
      path: '/api/v1/as-curator/integration/studies/{id}/validation-summary',
      tag: 'Validation',
      curator: true,
      summary: 'Summarise what is invalid in the samples of a study',
      answer: ref('ValidationSummary'),
      otherStatuses: { 404: 'There is no such study' },
      handle: summarise,
    },
  ];
}

const batchSize = 1000;

async function summarise(call: Call): Promise<unknown> {
  const { deps, principal, view } = call;
  const study = await getRecord(deps.database, principal, call.params.id!, ['study'], { view });
  const judge = new StoredRecordJudge(deps);
  const summary = new ValidationSummary();
  let after = 0;
  for (;;) {
    const samples = await scrollRecords(deps.database, principal, {
      kind: 'sample',
      view,
      related: [{ kind: 'study', where: { ids: [study.id] } }],
      limit: batchSize,
      after,
    });
    const findings = await judge.judge(samples);
    for (const [index, sample] of samples.entries()) summary.add(sample, findings[index]!);
    if (samples.length < batchSize) return summary.answer();
    after = samples.at(-1)!.id;
  }
}

interface InvalidValue {
  value: string | null;
  count: number;
  errors: Map<string, { errorType: string; errorMessage: string }>;
}

/** Counts invalid values. Memory grows with distinct invalid values, not with samples. */
export class ValidationSummary {
  readonly #groups = new Map<string, Map<string, Map<string | null, InvalidValue>>>();

  add(sample: Pick<CatalogRecord, 'group' | 'attributes'>, findings: readonly Finding[]): void {
    const counted = new Set<InvalidValue>();
    for (const finding of findings) {
      const attribute = finding.location?.attribute ?? '';
      const entry = this.#entry(sample.group ?? '', attribute, invalidText(sample, attribute, finding));
      if (!counted.has(entry)) entry.count += 1;
      counted.add(entry);
      entry.errors.set(finding.message, { errorType: errorType(finding), errorMessage: finding.message });
    }
  }

  answer(): unknown {
    const samples = [...this.#groups].map(([groupAccession, attributes]) => ({
      groupAccession,
      attributes: [...attributes].map(([attributeName, values]) => ({
        attributeName,
        attributeInvalidValues: [...values.values()].map(({ value, count, errors }) => ({
          value,
          count,
          errors: [...errors.values()],
        })),
      })),
    }));
    return { samples };
  }

  #entry(group: string, attribute: string, value: string | null): InvalidValue {
    const attributes = this.#groups.get(group) ?? new Map<string, Map<string | null, InvalidValue>>();
    this.#groups.set(group, attributes);
    const values = attributes.get(attribute) ?? new Map<string | null, InvalidValue>();
    attributes.set(attribute, values);
    const entry = values.get(value) ?? { value, count: 0, errors: new Map() };
    values.set(value, entry);
    return entry;
  }
}

/** A text or null: clients refuse numbers and booleans here. */
function invalidText(sample: Pick<CatalogRecord, 'attributes'>, attribute: string, finding: Finding): string | null {
  const value = finding.value ?? (Object.hasOwn(sample.attributes, attribute) ? sample.attributes[attribute] : null);
  if (value === null || value === undefined || value === '' || (Array.isArray(value) && isUnset(value))) return null;
  return typeof value === 'string' ? value : typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function errorType({ code }: Finding): string {
  return Object.hasOwn(odmErrorTypes, code) ? odmErrorTypes[code as ValidationCode] : 'TYPE_NOT_MATCH';
}
