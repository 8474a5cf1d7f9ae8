import { type AttributeValue, pythonRepr } from '@linnaea/model';
import type { FieldNode } from 'graphql';
import { collectFields, type Document, selectionsOf } from './collect.ts';
import { FieldError } from './conditions.ts';
import type { GraphSchema } from './schema.ts';

type Args = Readonly<Record<string, unknown>>;

/** `_node_type`: the kinds of the data dictionary, each key of their schemas as text. */
export function listNodeTypes(
  document: Document,
  graph: GraphSchema,
  nodes: readonly FieldNode[],
  args: Args,
): unknown[] {
  const { first, order_by_asc: ascending, order_by_desc: descending, ...wanted } = args;
  let kinds = [...graph.dictionary.nodes.values()].map((node) => node.schema);
  for (const [key, value] of Object.entries(wanted)) {
    if (value !== null) kinds = kinds.filter((schema) => textOf(schema[key]) === value);
  }
  const by = ascending ?? descending;
  if (typeof by === 'string') {
    if (!kinds.some((schema) => Object.hasOwn(schema, by))) throw new FieldError(`Cannot order by ${by} on _node_type`);
    const sign = ascending === undefined ? -1 : 1;
    kinds.sort((a, b) => sign * compare(textOf(a[by]) ?? '', textOf(b[by]) ?? ''));
  }
  const shown = typeof first === 'number' && first > 0 ? kinds.slice(0, first) : kinds;
  const fields = collectFields(document, selectionsOf(nodes), (name) => name === 'NodeType');
  return shown.map((schema) =>
    Object.fromEntries(
      [...fields].map(([key, [node]]) => {
        const name = node?.name.value ?? '';
        return [
          key,
          name === '__typename' ? 'NodeType' : textOf(Object.hasOwn(schema, name) ? schema[name] : undefined),
        ];
      }),
    ),
  );
}

function textOf(value: AttributeValue | undefined): string | null {
  if (value === undefined || value === null) return null;
  return typeof value === 'string' ? value : pythonRepr(value);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
