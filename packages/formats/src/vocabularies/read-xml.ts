import type { ByteSource, FindingSink } from '../blocks.ts';
import { scan, TextScanner } from './scanner.ts';
import { type XmlHandler, XmlTokens } from './xml.ts';

export type { XmlAttribute, XmlHandler } from './xml.ts';

/** Reads one XML document by events. False when it could not be read to its end; the sink was told where and why. */
export async function readXml(source: ByteSource, handler: XmlHandler, sink: FindingSink): Promise<boolean> {
  const scanner = new TextScanner(sink);
  const tokens = new XmlTokens(scanner, handler);
  for await (const _ of scan(source, scanner, () => tokens.step()));
  if (scanner.stopped) return false;
  if (!tokens.complete) scanner.error('xml-truncated', 'The document ends before its root element does');
  return tokens.complete;
}
