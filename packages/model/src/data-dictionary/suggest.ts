/** Longer names are not compared: the comparison is quadratic, and nobody mistypes a kilobyte. */
const longest = 100;

/** Likeness of two words from 0 to 1: twice the length of their longest common subsequence over their joint length. */
export function likeness(left: string, right: string): number {
  if (left.length + right.length === 0) return 1;
  let previous = new Uint16Array(right.length + 1);
  for (let row = 1; row <= left.length; row += 1) {
    const current = new Uint16Array(right.length + 1);
    for (let column = 1; column <= right.length; column += 1) {
      const same = left[row - 1] === right[column - 1];
      current[column] = same
        ? (previous[column - 1] ?? 0) + 1
        : Math.max(previous[column] ?? 0, current[column - 1] ?? 0);
    }
    previous = current;
  }
  return (2 * (previous[right.length] ?? 0)) / (left.length + right.length);
}

/** The known names most like a mistyped one, all equally near; none when nothing is near. */
export function nearest(name: string, known: Iterable<string>, threshold = 0.7): string[] {
  if (name.length > longest) return [];
  const wanted = name.trim().toLowerCase();
  let best = threshold;
  let found: string[] = [];
  for (const candidate of known) {
    // The likeness cannot exceed what the lengths allow.
    const bound = (2 * Math.min(wanted.length, candidate.length)) / Math.max(1, wanted.length + candidate.length);
    if (bound < best || candidate.length > longest) continue;
    const score = likeness(wanted, candidate.toLowerCase());
    if (score < best || score <= threshold) continue;
    if (score > best) found = [];
    best = score;
    found.push(candidate);
  }
  return found.slice(0, 5);
}

/** `a`, `a or b`, `a, b or c`. */
export function joinAlternatives(names: readonly string[]): string {
  if (names.length < 2) return names.join('');
  return `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;
}
