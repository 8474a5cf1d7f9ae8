import { json } from '@codemirror/lang-json';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { graphql as graphqlSupport } from 'cm6-graphql';
import { buildClientSchema, type GraphQLSchema, type IntrospectionQuery } from 'graphql';
import { useMemo, useState } from 'react';
import { messageOf } from '../../api/client.ts';
import { graphql, graphqlSchema } from '../../api/gen3.ts';
import { Button } from '../../ui/button.tsx';
import { Icon } from '../../ui/icons.tsx';
import { Tabs } from '../../ui/tabs.tsx';
import { Editor } from './editor.tsx';
import { TypeList } from './type-list.tsx';

const example = `{
  project(first: 10) {
    project_id
    code
  }
}
`;
/** A longer query is not kept in the address. */
const longestInAddress = 4_000;
const jsonSupport = [json()];

/** Questions over all projects, with completion from the schema. A query that was run is in the address. */
export function GraphqlPage() {
  const search = useSearch({ from: '/shell/graphql' });
  const navigate = useNavigate({ from: '/graphql' });
  const [query, setQuery] = useState(search.query ?? example);
  const [variables, setVariables] = useState('{}');
  const [side, setSide] = useState<'result' | 'types'>('result');
  const { data: introspection, error: schemaError } = useQuery(graphqlSchema);
  const schema = useMemo(() => readSchema(introspection?.data), [introspection]);
  const support = useMemo(() => graphqlSupport(schema), [schema]);
  const { mutate, data, error, isPending } = useMutation({
    mutationFn: async () => graphql(query, parseVariables(variables)),
  });
  const run = () => {
    setSide('result');
    mutate();
    void navigate({ search: query.length <= longestInAddress ? { query } : {}, replace: true });
  };
  const result = error ? messageOf(error) : data ? JSON.stringify(data, null, 2) : '';
  return (
    <div className="graphql">
      <h1 className="visually-hidden">GraphQL</h1>
      <div className="graphql-side">
        <div className="graphql-bar">
          <strong>Query</strong>
          <span className="muted only-wide">Ctrl+Space completes</span>
          <Button look="primary" disabled={isPending} onClick={run} title="Ctrl+Enter">
            <Icon name="play" /> {isPending ? 'Running…' : 'Run'}
          </Button>
        </div>
        {schemaError && <p className="notice notice-amber">No completion: {messageOf(schemaError)}</p>}
        <Editor label="Query" value={query} extensions={support} onChange={setQuery} onRun={run} />
        <div className="graphql-bar">
          <strong>Variables</strong>
        </div>
        <div className="graphql-variables">
          <Editor label="Variables" value={variables} extensions={jsonSupport} onChange={setVariables} onRun={run} />
        </div>
      </div>
      <div className="graphql-side">
        <Tabs<'result' | 'types'>
          label="Answer and types"
          value={side}
          onChange={setSide}
          panelClass="graphql-panel"
          items={[
            { id: 'result', label: 'Result' },
            { id: 'types', label: 'Types' },
          ]}
        >
          {side === 'types' ? (
            <TypeList schema={schema} />
          ) : result === '' ? (
            <p className="muted graphql-hint">The answer is shown here. Run the query with the button or Ctrl+Enter.</p>
          ) : (
            <Editor label="Result" value={result} extensions={jsonSupport} readOnly />
          )}
        </Tabs>
      </div>
    </div>
  );
}

function readSchema(introspection: unknown): GraphQLSchema | undefined {
  if (!introspection) return undefined;
  try {
    return buildClientSchema(introspection as IntrospectionQuery);
  } catch {
    // the page works without completion; what is wrong with the schema is not this page's to say
    return undefined;
  }
}

function parseVariables(text: string): Record<string, unknown> {
  if (text.trim() === '') return {};
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch (error) {
    throw new Error(`The variables are not JSON: ${messageOf(error)}`);
  }
}
