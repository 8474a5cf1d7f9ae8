import { Refusal } from '../submission/http.ts';
import { JsonParser, JsonSyntaxError } from '../tables/json-text.ts';
import type { GraphRequest } from './execute.ts';

export type ReadRequest = { request: GraphRequest } | { errors: string[] };

/** Reads `{query, variables, operationName}`; variables may be JSON in a text. */
export function readRequest(text: string): ReadRequest {
  const sent = parseBody(text);
  const query: unknown = member(sent, 'query');
  if (typeof query !== 'string') return { errors: ['Must provide query string.'] };
  const variables = readVariables(member(sent, 'variables'));
  if ('errors' in variables) return variables;
  const name = member(sent, 'operationName');
  return {
    request: { query, variables: variables.variables, operationName: typeof name === 'string' ? name : undefined },
  };
}

function readVariables(sent: unknown): { variables: Record<string, unknown> } | { errors: string[] } {
  let value = sent;
  if (typeof sent === 'string' && sent.trim() !== '') {
    try {
      value = JSON.parse(sent);
    } catch {
      return { errors: ['Unable to parse variables', syntaxMessage(sent)] };
    }
  }
  return { variables: typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {} };
}

/** The JSON of a body. Throws a refusal that tells where its syntax breaks. */
export function parseBody(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Refusal(400, `Unable to parse json: ${syntaxMessage(text)}`);
  }
}

/** Where and why a text is no JSON, in the words of the peers' reader. */
function syntaxMessage(text: string): string {
  try {
    new JsonParser(text).parse();
  } catch (error) {
    if (error instanceof JsonSyntaxError) return place(error, text);
    if (error instanceof Error) return error.message;
  }
  return 'Invalid control character';
}

function place({ message, offset }: JsonSyntaxError, text: string): string {
  const before = text.slice(0, offset);
  const line = before.split('\n').length;
  const column = offset - before.lastIndexOf('\n');
  const first = message.startsWith('Expecting property name') && before.trimEnd().endsWith('{');
  return `${message}${first ? " or '}'" : ''}: line ${line} column ${column} (char ${offset})`;
}

export function member(object: unknown, name: string): unknown {
  return typeof object === 'object' && object !== null && Object.hasOwn(object, name)
    ? Reflect.get(object, name)
    : undefined;
}
