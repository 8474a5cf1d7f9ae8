import type { ReactNode } from 'react';
import { reachable } from './reachable.ts';

interface TableProps {
  /** Names the table for those who do not see it. */
  label: string;
  head: readonly (string | { text: string; className: string })[];
  children: ReactNode;
}

/** A small table. It scrolls sideways by itself, so that the page never does, and can be focused to scroll by keys. */
export function Table({ label, head, children }: TableProps) {
  return (
    <section className="table-scroll" aria-label={label} ref={reachable}>
      <table className="table">
        <thead>
          <tr>
            {head.map((cell) => {
              const { text, className } = typeof cell === 'string' ? { text: cell, className: undefined } : cell;
              return (
                <th key={text} scope="col" className={className}>
                  {text}
                </th>
              );
            })}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </section>
  );
}
