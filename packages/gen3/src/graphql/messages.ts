import type { GraphQLError } from 'graphql';

/** The errors of a request in the words of the peers, as far as those can be told apart by their reader. */
export function peerMessage(error: GraphQLError, query: string): string {
  const { message } = error;
  if (message.startsWith('Syntax Error: ')) return syntaxMessage(error, query);
  return message
    .replace(
      /^Unknown argument "([^"]*)" on field "([^".]*)\.([^"]*)"\./,
      'Unknown argument "$1" on field "$3" of type "$2".',
    )
    .replace(/^Variable "\$([^"]*)"/, 'Variable "$1"');
}

function syntaxMessage(error: GraphQLError, query: string): string {
  const { line, column } = error.locations?.[0] ?? { line: 1, column: 1 };
  const complaint = error.message
    .slice('Syntax Error: '.length)
    .replace(/\.$/, '')
    .replace(/<([A-Z]+)>/g, '$1');
  const lines = query.split(/\r\n|\n|\r/);
  const width = String(line + 1).length;
  const shown = [line - 1, line, line + 1].flatMap((number) => {
    const text = lines[number - 1];
    if (text === undefined) return [];
    const numbered = `${String(number).padStart(width)}: ${text}`;
    return number === line ? [numbered, `${' '.repeat(width + 1 + column)}^`] : [numbered];
  });
  return `Syntax Error GraphQL (${line}:${column}) ${complaint}\n\n${shown.join('\n')}\n`;
}
