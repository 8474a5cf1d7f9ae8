import { type GraphQLNamedType, type GraphQLSchema, isInputObjectType, isInterfaceType, isObjectType } from 'graphql';
import { useMemo, useState } from 'react';
import { Empty } from '../../ui/empty.tsx';
import { reachable } from '../../ui/reachable.ts';

const mostShown = 60;

/** The types of the schema with their fields, searched by either's name. */
export function TypeList({ schema }: { schema: GraphQLSchema | undefined }) {
  const [text, setText] = useState('');
  const types = useMemo(() => listTypes(schema), [schema]);
  const wanted = text.trim().toLowerCase();
  const found = types
    .filter(({ words }) => words.includes(wanted))
    .sort((a, b) => Number(b.name.startsWith(wanted)) - Number(a.name.startsWith(wanted)));
  if (!schema)
    return <Empty title="No schema">The server has not answered its schema, so there is nothing to list.</Empty>;
  return (
    <section className="type-list" aria-label="Types" ref={reachable}>
      <input
        className="input"
        type="search"
        aria-label="Find a type or field"
        placeholder="Find a type or field"
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      <p className="muted" role="status">
        {found.length.toLocaleString('en')} types
        {found.length > mostShown && `; the first ${mostShown} are shown`}
      </p>
      {found.slice(0, mostShown).map(({ type, fields }) => (
        <details key={type.name} open={found.length <= 3}>
          <summary>
            <code>{type.name}</code> <span className="muted">{fields.length}</span>
          </summary>
          {type.description && <p className="muted">{type.description}</p>}
          <ul>
            {fields.map((field) => (
              <li key={field.name}>
                <code>
                  <strong>{field.name}</strong>: {field.type}
                </code>
                {field.description && <span className="muted"> {field.description}</span>}
              </li>
            ))}
          </ul>
        </details>
      ))}
    </section>
  );
}

interface ListedType {
  type: GraphQLNamedType;
  fields: { name: string; type: string; description: string }[];
  /** In small letters, as a search compares it. */
  name: string;
  /** What a search looks in. */
  words: string;
}

function listTypes(schema: GraphQLSchema | undefined): ListedType[] {
  if (!schema) return [];
  return Object.values(schema.getTypeMap())
    .filter((type) => !type.name.startsWith('__'))
    .filter((type) => isObjectType(type) || isInterfaceType(type) || isInputObjectType(type))
    .map((type) => {
      const fields = Object.values(type.getFields()).map((field) => ({
        name: field.name,
        type: String(field.type),
        description: field.description ?? '',
      }));
      return {
        type,
        fields,
        name: type.name.toLowerCase(),
        words: [type.name, ...fields.map((field) => field.name)].join(' ').toLowerCase(),
      };
    })
    .sort((a, b) => (a.type.name < b.type.name ? -1 : 1));
}
