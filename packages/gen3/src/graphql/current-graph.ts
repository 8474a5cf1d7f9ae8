import { introspectionFromSchema } from 'graphql';
import type { Gen3Deps } from '../deps.ts';
import { buildGraphSchema, type GraphSchema } from './schema.ts';

/** The schema of the data dictionary in use, built at first need and again when the dictionary changes. */
export class CurrentGraph {
  readonly #deps: Gen3Deps;
  #graph: GraphSchema | undefined;
  #introspection: { graph: GraphSchema; text: string } | undefined;

  constructor(deps: Gen3Deps) {
    this.#deps = deps;
  }

  schema(): GraphSchema {
    const dictionary = this.#deps.dictionary.current();
    const known = this.#graph;
    if (known?.dictionary.version === dictionary.version) return known;
    this.#graph = buildGraphSchema(dictionary);
    return this.#graph;
  }

  /** The text of the answer to the usual question about the whole schema. */
  introspection(): string {
    const graph = this.schema();
    if (this.#introspection?.graph !== graph) {
      this.#introspection = { graph, text: JSON.stringify({ data: introspectionFromSchema(graph.schema) }) };
    }
    return this.#introspection.text;
  }
}
