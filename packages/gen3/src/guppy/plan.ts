import type { GraphRoot } from '@linnaea/catalog';
import { type FieldNode, valueFromASTUntyped } from 'graphql';
import { collectFields, type Document, selectionsOf } from '../graphql/collect.ts';
import { FieldError } from '../graphql/conditions.ts';
import { Budget } from '../graphql/limits.ts';

/** Finds a part of the answer among what the roots were answered. */
export type Read = (answers: readonly unknown[]) => unknown;
export type Args = Readonly<Record<string, unknown>>;
/** Fields of a selection by response key; those of one key ask for the same. */
export type Fields = ReadonlyMap<string, readonly FieldNode[]>;

/** Collects what a document asks the database for. */
export class FlatPlan {
  readonly roots: GraphRoot[] = [];
  readonly budget = new Budget();
  readonly #document: Document;

  constructor(document: Document) {
    this.#document = document;
  }

  /** The place of the root's answer among the answers. */
  ask(root: GraphRoot): number {
    this.budget.list(1);
    return this.roots.push(root) - 1;
  }

  /** An object of type `typename` whose members are read one by one. */
  object(typename: string, fields: Fields, member: (name: string, nodes: readonly FieldNode[]) => Read): Read {
    const reads = [...fields].map(([key, nodes]): [string, Read] => {
      const name = this.member(key, nodes);
      return [key, name === '__typename' ? () => typename : member(name, nodes)];
    });
    return (answers) => Object.fromEntries(reads.map(([key, read]) => [key, read(answers)]));
  }

  /** The name of a field, which counts. */
  member(key: string, nodes: readonly FieldNode[]): string {
    this.budget.field();
    if (key === '__proto__') throw new FieldError('The alias "__proto__" is not allowed');
    return nodes[0]?.name.value ?? '';
  }

  /** The fields asked of what stands at some nodes, one at least. */
  fields(nodes: readonly FieldNode[]): Fields {
    const fields = collectFields(this.#document, selectionsOf(nodes), () => true);
    if (fields.size === 0) throw new FieldError(`Field "${nodes[0]?.name.value}" must have a selection of subfields.`);
    return fields;
  }

  /** A field without a selection of its own. */
  leaf(nodes: readonly FieldNode[]): void {
    if (nodes.some((node) => node.selectionSet)) {
      throw new FieldError(`Field "${nodes[0]?.name.value}" must not have a selection.`);
    }
  }

  /** The arguments of a field; any but the known ones are a fault. */
  args(nodes: readonly FieldNode[], known: readonly string[]): Args {
    const given = nodes[0]?.arguments ?? [];
    const unknown = given.find(({ name }) => !known.includes(name.value));
    if (unknown) {
      throw new FieldError(`Unknown argument "${unknown.name.value}" on field "${nodes[0]?.name.value}".`);
    }
    return Object.fromEntries(
      given.map((argument) => [argument.name.value, valueFromASTUntyped(argument.value, this.#document.variables)]),
    );
  }
}

/** Only what the asker may read is ever answered, so that nothing can be said of the rest. */
export function checkAccessibility(accessibility: unknown): void {
  if (accessibility === undefined || accessibility === null) return;
  if (accessibility === 'unaccessible') throw new FieldError('Data without access to them are not answered');
  if (accessibility !== 'accessible' && accessibility !== 'all') {
    throw new FieldError('accessibility is one of all, accessible, unaccessible');
  }
}
