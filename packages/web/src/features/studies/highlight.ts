export interface Piece {
  text: string;
  found: boolean;
}

/** Cuts a text into what a search asked for and the rest. Operators, quotes and wildcards of the query are not words. */
export function findWords(text: string, query: string): Piece[] {
  const words = query
    .replace(/\b(AND|OR|NOT)\b|&&|\|\|/g, ' ')
    .split(/[\s"()*?!]+/)
    .filter((word) => word.length > 1)
    .map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  if (words.length === 0) return [{ text, found: false }];
  const parts = text.split(new RegExp(`(${words.join('|')})`, 'iu'));
  return parts.map((part, index) => ({ text: part, found: index % 2 === 1 })).filter((piece) => piece.text !== '');
}
