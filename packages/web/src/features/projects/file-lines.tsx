import { useVirtualizer } from '@tanstack/react-virtual';
import { useMemo, useRef, useState } from 'react';
import type { EntityResult } from '../../api/gen3.ts';
import { reachable } from '../../ui/reachable.ts';

/** Signs of a line that are drawn; a line may be as long as the file. */
const shownSigns = 400;

interface FileLinesProps {
  text: string;
  /** Line on which each entity begins, from 1. */
  lines: readonly number[];
  /** The answers, in the order of the file; empty before it was sent. */
  entities: readonly EntityResult[];
}

/** The file by lines, and below each line what the answer found wrong with the entity that begins there. */
export function FileLines({ text, lines, entities }: FileLinesProps) {
  const all = useMemo(() => text.replace(/\n$/, '').split('\n'), [text]);
  const wrong = useMemo(() => {
    const found = new Map<number, EntityResult>();
    entities.forEach((entity, index) => {
      if (!entity.valid && entity.errors.length > 0) found.set(lines[index] ?? 1, entity);
    });
    return found;
  }, [lines, entities]);
  const [onlyWrong, setOnlyWrong] = useState(true);
  const shown = useMemo(() => {
    if (wrong.size === 0 || !onlyWrong) return all.map((_, index) => index + 1);
    return [...new Set([1, ...wrong.keys()])].sort((a, b) => a - b);
  }, [all, wrong, onlyWrong]);
  const scroller = useRef<HTMLElement>(null);
  const rows = useVirtualizer({
    count: shown.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => 24,
    overscan: 10,
    useFlushSync: false,
  });
  return (
    <>
      {wrong.size > 0 && (
        <label className="check">
          <input type="checkbox" checked={onlyWrong} onChange={(event) => setOnlyWrong(event.target.checked)} />
          Only lines with mistakes ({wrong.size.toLocaleString('en')})
        </label>
      )}
      <section
        className="file-lines card"
        aria-label="Lines of the file"
        ref={(element) => {
          scroller.current = element;
          reachable(element);
        }}
      >
        <div style={{ height: rows.getTotalSize(), position: 'relative' }}>
          {rows.getVirtualItems().map((item) => {
            const line = shown[item.index] ?? 1;
            const entity = wrong.get(line);
            return (
              <div
                key={item.key}
                ref={rows.measureElement}
                data-index={item.index}
                className={entity ? 'file-line file-line-wrong' : 'file-line'}
                style={{ transform: `translateY(${item.start}px)` }}
              >
                <span className="file-line-number">{line}</span>
                <code>{all[line - 1]?.slice(0, shownSigns).replaceAll('\t', '  ⇥  ')}</code>
                {entity && <Mistakes entity={entity} />}
              </div>
            );
          })}
        </div>
      </section>
    </>
  );
}

function Mistakes({ entity }: { entity: EntityResult }) {
  return (
    <ul>
      {entity.errors.map((error) => (
        <li key={error.message}>
          <span aria-hidden="true">! </span>
          {error.keys.length > 0 && <strong>{error.keys.join(', ')}: </strong>}
          {error.message}
        </li>
      ))}
    </ul>
  );
}
