import type { AttributeValue } from '@linnaea/model';
import type { CoreMetadata } from './read.ts';

export type Format = 'json' | 'bibtex' | 'schemaorg';

const formatsOf: ReadonlyMap<string, Format> = new Map([
  ['application/json', 'json'],
  ['application/*', 'json'],
  ['*/*', 'json'],
  ['x-bibtex', 'bibtex'],
  ['application/x-bibtex', 'bibtex'],
  ['text/x-bibtex', 'bibtex'],
  ['application/vnd.schemaorg.ld+json', 'schemaorg'],
  ['application/ld+json', 'schemaorg'],
]);

/** The form that an `Accept` header asks for first; JSON where it asks for none that there is. */
export function formatFor(accept: string): Format {
  let [best, most]: [Format, number] = ['json', 0];
  for (const part of accept.split(',')) {
    const [name = '', ...parameters] = part.split(';').map((piece) => piece.trim().toLowerCase());
    const format = formatsOf.get(name);
    const quality = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
    const wanted = quality === undefined ? 1 : Number(quality);
    if (format !== undefined && wanted > most) [best, most] = [format, wanted];
  }
  return best;
}

/** A flat object with a citation, which takes the place of title and time. */
export function toFlat(metadata: CoreMetadata): CoreMetadata {
  const { title: _title, updated_datetime: _time, object_id, md5sum, ...others } = metadata;
  return { ...others, object_id: object_id ?? null, md5sum: md5sum ?? null, citation: citationOf(metadata) };
}

/** `Creator, year: Title. Publisher, id.`, as far as it is known. */
function citationOf(metadata: CoreMetadata): string {
  const part = (name: string, after: string) => {
    const text = textOf(metadata[name] ?? null);
    return text === '' ? '' : `${text}${after}`;
  };
  const year = textOf(metadata.updated_datetime ?? null).split('-', 1)[0];
  return `${part('creator', ', ')}${year}: ${part('title', '. ')}${part('publisher', ', ')}${part('object_id', '')}.`;
}

/** One `@misc` entry with everything that is known. */
export function toBibtex(metadata: CoreMetadata): string {
  const known = Object.entries(toFlat(metadata)).filter(([, value]) => value !== null);
  const fields = known.map(([name, value]) => `${name} = "${bibtexText(textOf(value))}"`);
  const key = textOf(metadata.object_id ?? null).replace(/[\s,{}"%#~\\]/g, '-');
  return `@misc {${key}, ${fields.join(', ')}}`;
}

/** Quotes and braces would end the value, or leave it open. */
function bibtexText(text: string): string {
  return text.replace(/["{}]/g, (sign) => bibtexSigns[sign] ?? sign).replace(/\s+/g, ' ');
}

const bibtexSigns: Readonly<Record<string, string>> = {
  '"': '{"}',
  '{': '{\\textbraceleft}',
  '}': '{\\textbraceright}',
};

/** A data set of schema.org; `address` is where the file is described here. */
export function toSchemaOrg(metadata: CoreMetadata, address: string): Record<string, unknown> {
  const { object_id, md5sum, publisher, creator } = metadata;
  const identifier = (propertyID: string, value: AttributeValue | undefined) =>
    isTold(value) ? [{ '@type': 'PropertyValue', propertyID, value }] : [];
  const simple = [
    ['description', metadata.description],
    ['additionalType', metadata.type],
    ['name', metadata.file_name],
    ['datePublished', metadata.updated_datetime],
  ] as const;
  return {
    '@context': 'http://schema.org',
    '@type': 'Dataset',
    '@id': address,
    identifier: [...identifier('dataguid', object_id), ...identifier('md5', md5sum)],
    ...(isTold(publisher) ? { publisher: { '@type': 'Organization', name: publisher } } : {}),
    ...(isTold(creator) ? { author: { name: creator } } : {}),
    ...Object.fromEntries(simple.filter(([, value]) => isTold(value))),
  };
}

function isTold(value: AttributeValue | undefined): boolean {
  return value !== undefined && value !== null;
}

function textOf(value: AttributeValue): string {
  if (value === null) return '';
  if (Array.isArray(value)) return value.map(textOf).join(', ');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
