import type { ByteSource, FindingSink } from '../blocks.ts';
import { decodeBytes } from '../text/encoding.ts';
import { afterLineEnd, lineBlocks, lineEnd } from '../text/lines.ts';
import { countLineEnds, RecordSplitter, type TextRecord } from './records.ts';

/** Streams the records of a separated text that are not blank; says once when the text is not UTF-8. */
export async function* readRecords(
  source: ByteSource,
  separator: string,
  report: FindingSink,
): AsyncGenerator<TextRecord[]> {
  const splitter = new RecordSplitter(separator, report);
  let warned = false;
  for await (const block of lineBlocks(source)) {
    let { text, utf8 } = decodeBytes(block);
    if (!utf8) {
      const decoded = decodeLines(block);
      text = decoded.text;
      if (!warned) report(notUtf8(splitter.line + countLineEnds(splitter.waiting) + decoded.firstBad));
      warned = true;
    }
    yield splitter.split(text, false).filter(notBlank);
  }
  yield splitter.split('', true).filter(notBlank);
}

export function notUtf8(line: number) {
  const message = 'The file is not UTF-8; the lines that are not have been read as Windows-1252 (Latin-1).';
  return { code: 'encoding-not-utf8', severity: 'warning', message, location: { line } } as const;
}

/** Lines are judged one by one, so that the text does not depend on where blocks begin and end. */
function decodeLines(block: Uint8Array): { text: string; firstBad: number } {
  let text = '';
  let firstBad = -1;
  let line = 0;
  for (let at = 0; at < block.length; line += 1) {
    const end = afterLineEnd(block, lineEnd(block, at));
    const decoded = decodeBytes(block.subarray(at, end));
    if (!decoded.utf8 && firstBad < 0) firstBad = line;
    text += decoded.text;
    at = end;
  }
  return { text, firstBad };
}

function notBlank(record: TextRecord): boolean {
  return record.quoted || record.cells.some((cell) => cell.trim() !== '');
}
