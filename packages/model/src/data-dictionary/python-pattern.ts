/**
 * A regular expression as Python's `re` writes it, for use like `re.search`; null when it is none.
 * One difference stays: Python's `$` also matches before a last line end, ours does not.
 */
export function pythonPattern(source: string): RegExp | null {
  let flags = '';
  const body = source
    .replace(/^\(\?([ims]+)\)/, (_, letters: string) => {
      flags = letters;
      return '';
    })
    .replaceAll('(?P<', '(?<')
    .replace(/\(\?P=(\w+)\)/g, '\\k<$1>')
    .replace(/\{,(\d+)\}/g, '{0,$1}')
    .replaceAll('\\A', '^')
    .replaceAll('\\Z', '$');
  for (const mode of ['u', '']) {
    try {
      return new RegExp(body, flags + mode);
    } catch {
      // The Unicode mode refuses escapes such as `\-` that Python allows: try once more without it.
    }
  }
  return null;
}
