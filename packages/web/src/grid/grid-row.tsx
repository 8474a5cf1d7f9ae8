import { memo } from 'react';
import type { TableRow, Value } from '../api/portal.ts';
import { keyed } from '../ui/keys.ts';
import { valueText } from './values.ts';

export interface GridColumn {
  name: string;
  /** Second line of the header: type, vocabulary. */
  note: string;
  required: boolean;
  width: number;
  numeric: boolean;
}

/** Which columns are drawn: from `first` on, after a gap of so many pixels. */
export interface ColumnWindow {
  indexes: readonly number[];
  gap: number;
}

interface GridRowProps {
  gridId: string;
  index: number;
  row: TableRow | undefined;
  columns: readonly GridColumn[];
  window: ColumnWindow;
  top: number;
  /** Selected columns, from and to; -1 for none. */
  from: number;
  to: number;
  /** The active cell's column where it is in this row, else -1. */
  active: number;
}

export function cellId(gridId: string, row: number, column: number): string {
  return `${gridId}-${row}-${column}`;
}

/** One row. Drawn again only when its record, the column window or its part of the selection changes. */
export const GridRow = memo(function GridRow(props: GridRowProps) {
  const { gridId, index, row, columns, window, top, from, to, active } = props;
  const cell = (column: number, frozen: boolean) => {
    const { name, width, numeric, required } = columns[column]!;
    const look = `grid-cell${frozen ? ' grid-key' : ''}${numeric ? ' grid-number' : ''}`;
    // a cell of a table that is a grid is a gridcell by itself, which may be selected
    const aria = { 'aria-colindex': column + 2, 'aria-selected': column >= from && column <= to };
    return (
      <td
        key={name}
        id={cellId(gridId, index, column)}
        {...aria}
        className={look}
        style={{ width }}
        data-row={index}
        data-column={column}
        data-active={column === active || undefined}
      >
        {row ? (
          <CellContent value={own(row.attributes, name)} required={required} />
        ) : (
          <span className="grid-waiting" />
        )}
      </td>
    );
  };
  return (
    <tr aria-rowindex={index + 2} className="grid-row" style={{ transform: `translateY(${top}px)` }}>
      <th scope="row" aria-colindex={1} className="grid-cell grid-index">
        {index + 1}
      </th>
      {cell(0, true)}
      <td aria-hidden="true" className="grid-gap" style={{ width: window.gap }} />
      {window.indexes.map((column) => cell(column, false))}
    </tr>
  );
});

/** Names of attributes are data: `constructor` is one only when the record has it. */
export function own(attributes: Record<string, Value>, name: string): Value | undefined {
  return Object.hasOwn(attributes, name) ? attributes[name] : undefined;
}

function CellContent({ value, required }: { value: Value | undefined; required: boolean }) {
  if (value === undefined || value === null || value === '') {
    return required ? <em className="grid-missing">No value</em> : null;
  }
  if (!Array.isArray(value)) return valueText(value);
  return keyed(value.map(valueText), (text) => text).map(({ key, item }) => (
    <span key={key} className="chip">
      {item}
    </span>
  ));
}
