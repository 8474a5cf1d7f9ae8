import type { GraphEdge, Via } from '@linnaea/catalog';
import type { DataDictionary } from '@linnaea/model';
import {
  type GraphQLFieldConfig,
  GraphQLID,
  type GraphQLInputObjectType,
  GraphQLInt,
  GraphQLInterfaceType,
  GraphQLList,
  GraphQLNonNull,
  GraphQLObjectType,
  type GraphQLOutputType,
  GraphQLScalarType,
  GraphQLSchema,
  GraphQLString,
} from 'graphql';
import type { Asked } from './conditions.ts';
import { type GraphModel, type GraphType, graphModel, isName, type ShownAs } from './graph-model.ts';
import {
  type Args,
  dataTypeArguments,
  makePathInput,
  mergedProperties,
  nodeArguments,
  nodeTypeArguments,
  recordArguments,
  shownTypes,
  typeArguments,
} from './schema-arguments.ts';
import { transactionArguments, transactionLogType } from './transaction-types.ts';

type Column = 'id' | 'accession' | 'kind' | 'project_id' | 'created_datetime' | 'updated_datetime' | 'cursor';

/** A list or a count of nodes; `plain` ones are answered as one type, whatever the kind. */
export interface NodesRole {
  kind: 'nodes' | 'node-count';
  asked: Asked;
  via?: Via;
  plain?: boolean;
}

/** What stands behind a field of the schema. */
export type FieldRole =
  | NodesRole
  | { kind: 'property'; name: string; as: ShownAs }
  | { kind: 'column'; column: Column }
  | { kind: 'transactions' | 'transaction-count' }
  | { kind: 'attributes' | 'attribute' | 'expression' }
  | { kind: 'node-types' }
  | { kind: 'viewer' };

export interface GraphSchema {
  schema: GraphQLSchema;
  model: GraphModel;
  /** `Type.field` to what stands behind it. */
  roles: ReadonlyMap<string, FieldRole>;
  dictionary: DataDictionary;
}

/** The GraphQL schema of a data dictionary, together with the records of the other model. */
export function buildGraphSchema(dictionary: DataDictionary): GraphSchema {
  return new SchemaBuilder(dictionary).build();
}

type Fields = Record<string, GraphQLFieldConfig<unknown, unknown>>;

const json = new GraphQLScalarType({ name: 'JSON', description: 'Any JSON value.' });
const listOf = (type: GraphQLOutputType) => new GraphQLList(type);
const string = { type: GraphQLString };

class SchemaBuilder {
  readonly #dictionary: DataDictionary;
  readonly #model: GraphModel;
  readonly #roles = new Map<string, FieldRole>();
  readonly #types = new Map<GraphType, GraphQLObjectType>();
  readonly #asked = new Map<GraphType, Asked>();
  readonly #args = new Map<Asked, Args>();
  readonly #node: GraphQLInterfaceType;
  readonly #pathInput: GraphQLInputObjectType;
  readonly #everyNode: Asked;
  readonly #dataNodes: Asked;
  readonly #dataNode: GraphQLObjectType;
  readonly #nodeType: GraphQLObjectType;

  constructor(dictionary: DataDictionary) {
    this.#dictionary = dictionary;
    this.#model = graphModel(dictionary);
    this.#pathInput = makePathInput(this.#model);
    const types = [...this.#model.nodes.values()];
    this.#everyNode = { name: 'Node', types, properties: new Map() };
    const files = types.filter((type) => type.category.endsWith('_file'));
    this.#dataNodes = { name: 'datanode', types: files, properties: mergedProperties(files) };
    this.#node = new GraphQLInterfaceType({ name: 'Node', fields: this.#baseFields('Node') });
    const dataFields = this.#baseFields('DataNode');
    this.#propertyFields('DataNode', this.#dataNodes, dataFields);
    this.#dataNode = new GraphQLObjectType({ name: 'DataNode', fields: dataFields });
    const keys = Object.fromEntries(this.#nodeTypeKeys().map((key) => [key, string]));
    this.#nodeType = new GraphQLObjectType({ name: 'NodeType', fields: keys });
  }

  build(): GraphSchema {
    for (const type of [...this.#model.nodes.values(), ...this.#model.records.values()]) {
      this.#types.set(type, this.#objectType(type));
    }
    const viewer = new GraphQLObjectType({ name: 'viewer', fields: this.#rootFields('viewer') });
    this.#roles.set('Root.viewer', { kind: 'viewer' });
    const query = new GraphQLObjectType({
      name: 'Root',
      fields: {
        ...this.#transactionFields('Root', 'transaction_log', '_transaction_log_count'),
        ...this.#rootFields('Root'),
        viewer: { type: viewer },
      },
    });
    const schema = new GraphQLSchema({ query, types: [...this.#types.values()] });
    return { schema, model: this.#model, roles: this.#roles, dictionary: this.#dictionary };
  }

  #role(owner: string, name: string, role: FieldRole): void {
    this.#roles.set(`${owner}.${name}`, role);
  }

  #baseFields(owner: string): Fields {
    for (const column of ['id', 'project_id', 'created_datetime', 'updated_datetime'] as const) {
      this.#role(owner, column, { kind: 'column', column });
    }
    this.#role(owner, 'type', { kind: 'column', column: 'kind' });
    this.#role(owner, 'submitter_id', { kind: 'property', name: 'submitter_id', as: 'text' });
    this.#role(owner, '_cursor', { kind: 'column', column: 'cursor' });
    return {
      id: { type: GraphQLID },
      submitter_id: string,
      type: string,
      project_id: string,
      created_datetime: string,
      updated_datetime: string,
      _cursor: { ...string, description: 'Where it is in a list: give it as `after` to go on from here.' },
    };
  }

  #objectType(type: GraphType): GraphQLObjectType {
    const isNode = type.model === 'gen3';
    return new GraphQLObjectType({
      name: type.name,
      interfaces: isNode ? [this.#node] : [],
      // not before all types are there, for links lead anywhere
      fields: () => (isNode ? this.#nodeFields(type) : this.#recordFields(type)),
    });
  }

  #nodeFields(type: GraphType): Fields {
    const fields = this.#baseFields(type.name);
    this.#propertyFields(type.name, this.#askedOf(type), fields);
    this.#linkFields(type, fields);
    Object.assign(fields, this.#transactionFields(type.name, '_transaction_logs', '_transaction_logs_count'));
    fields._links = { type: listOf(this.#node), args: this.#arguments(this.#everyNode) };
    this.#role(type.name, '_links', { kind: 'nodes', asked: this.#everyNode, via: 'every-link' });
    return fields;
  }

  #propertyFields(owner: string, asked: Asked, fields: Fields): void {
    for (const [name, property] of asked.properties) {
      if (Object.hasOwn(fields, name)) continue;
      fields[name] = { type: shownTypes[property.as] };
      this.#role(owner, name, { kind: 'property', name, as: property.as });
    }
  }

  #linkFields(type: GraphType, fields: Fields): void {
    for (const kind of ['nodes', 'node-count'] as const) {
      for (const [link, via] of type.edges) {
        const name = kind === 'nodes' ? link : `_${link}_count`;
        if (Object.hasOwn(fields, name)) continue;
        const { asked, output } = this.#target(type, via);
        fields[name] = { type: kind === 'nodes' ? listOf(output) : GraphQLInt, args: this.#arguments(asked) };
        this.#role(type.name, name, { kind, asked, via });
      }
    }
  }

  /** A name that leads to several kinds answers with what they have in common. */
  #target(type: GraphType, via: readonly GraphEdge[]): { asked: Asked; output: GraphQLOutputType } {
    const all = [...(type.model === 'gen3' ? this.#model.nodes : this.#model.records).values()];
    const [first, ...others] = all.filter((other) => via.some((edge) => edge.kind === other.kind));
    const output = first && this.#types.get(first);
    if (!first || !output || others.length > 0) return { asked: this.#everyNode, output: this.#node };
    return { asked: this.#askedOf(first), output };
  }

  #recordFields(type: GraphType): Fields {
    const owner = type.name;
    for (const name of ['id', 'accession']) this.#role(owner, name, { kind: 'column', column: 'accession' });
    for (const column of ['created_datetime', 'updated_datetime'] as const) {
      this.#role(owner, column, { kind: 'column', column });
    }
    this.#role(owner, 'type', { kind: 'column', column: 'kind' });
    this.#role(owner, '_cursor', { kind: 'column', column: 'cursor' });
    for (const kind of ['attributes', 'attribute'] as const) this.#role(owner, kind, { kind });
    const fields: Fields = {
      id: { type: GraphQLID },
      accession: string,
      type: string,
      created_datetime: string,
      updated_datetime: string,
      attributes: { type: json },
      attribute: { type: listOf(GraphQLString), args: { name: { type: new GraphQLNonNull(GraphQLString) } } },
      _cursor: string,
    };
    if (type.kind === 'expression') fields.expression = this.#expressionField(owner);
    this.#linkFields(type, fields);
    return fields;
  }

  #expressionField(owner: string): Fields[string] {
    this.#role(owner, 'expression', { kind: 'expression' });
    const features = { type: new GraphQLNonNull(new GraphQLList(new GraphQLNonNull(GraphQLString))) };
    return { type: json, args: { features }, description: 'Values of features in this run, by feature.' };
  }

  #rootFields(owner: string): Fields {
    const fields: Fields = { node: { type: listOf(this.#node), args: this.#arguments(this.#everyNode) } };
    this.#role(owner, 'node', { kind: 'nodes', asked: this.#everyNode });
    for (const [type, output] of this.#types) {
      const asked = this.#askedOf(type);
      const count = `_${type.name}_count`;
      fields[type.name] = { type: listOf(output), args: this.#arguments(asked) };
      fields[count] = { type: GraphQLInt, args: this.#arguments(asked) };
      this.#role(owner, type.name, { kind: 'nodes', asked });
      this.#role(owner, count, { kind: 'node-count', asked });
    }
    fields.datanode = { type: listOf(this.#dataNode), args: this.#arguments(this.#dataNodes) };
    this.#role(owner, 'datanode', { kind: 'nodes', asked: this.#dataNodes, plain: true });
    fields._node_type = { type: listOf(this.#nodeType), args: nodeTypeArguments(this.#nodeTypeKeys()) };
    this.#role(owner, '_node_type', { kind: 'node-types' });
    return fields;
  }

  #transactionFields(owner: string, list: string, count: string): Fields {
    this.#role(owner, list, { kind: 'transactions' });
    this.#role(owner, count, { kind: 'transaction-count' });
    return {
      [list]: { type: listOf(transactionLogType), args: transactionArguments },
      [count]: { type: GraphQLInt, args: transactionArguments },
    };
  }

  #askedOf(type: GraphType): Asked {
    const asked = this.#asked.get(type) ?? { name: type.name, types: [type], properties: type.properties };
    this.#asked.set(type, asked);
    return asked;
  }

  #arguments(asked: Asked): Args {
    const args = this.#args.get(asked) ?? this.#newArguments(asked);
    this.#args.set(asked, args);
    return args;
  }

  #newArguments(asked: Asked): Args {
    if (asked.types[0]?.model === 'odm') return recordArguments;
    const args = nodeArguments(asked, this.#pathInput);
    if (asked === this.#everyNode) return { ...args, ...typeArguments };
    return asked === this.#dataNodes ? { ...args, ...dataTypeArguments } : args;
  }

  #nodeTypeKeys(): string[] {
    const keys = new Set(['id', 'title', 'category']);
    for (const node of this.#dictionary.nodes.values()) {
      for (const key of Object.keys(node.schema)) if (isName(key)) keys.add(key);
    }
    return [...keys];
  }
}
