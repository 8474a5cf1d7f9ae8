import type { ReactNode } from 'react';

interface TableProps {
  /** Names the table for those who do not see it. */
  label: string;
  head: readonly (string | { text: string; className: string })[];
  children: ReactNode;
}

/** A small table. It scrolls sideways by itself, so that the page never does, and can be focused to scroll by keys. */
export function Table({ label, head, children }: TableProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard (axe: scrollable-region-focusable)
    <section className="table-scroll" aria-label={label} tabIndex={0}>
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
