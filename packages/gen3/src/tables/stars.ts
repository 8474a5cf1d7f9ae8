import type { AttributeValue } from '@linnaea/model';

/** Templates mark required names with a leading `*`; people send them back with it. */
export function withoutStar(name: string): string {
  return name.replace(/^\*+/, '');
}

/** A document with the stars taken off its names; `repeated` lists names that then occur twice. */
export function withoutStars(document: Record<string, AttributeValue>): {
  document: Record<string, AttributeValue>;
  repeated: string[];
} {
  const names = Object.keys(document);
  if (!names.some((name) => name.startsWith('*'))) return { document, repeated: [] };
  const bare = names.map(withoutStar);
  const repeated = bare.filter((name, place) => bare.indexOf(name) !== place);
  return {
    document: Object.fromEntries(Object.entries(document).map(([name, value]) => [withoutStar(name), value])),
    repeated,
  };
}
