import { useVirtualizer } from '@tanstack/react-virtual';
import {
  type CSSProperties,
  type KeyboardEvent,
  type MouseEvent,
  useCallback,
  useEffect,
  useId,
  useMemo,
  useRef,
  useState,
  useSyncExternalStore,
} from 'react';
import { messageOf } from '../api/client.ts';
import type { TableColumn, TableRow, Value } from '../api/portal.ts';
import { Button } from '../ui/button.tsx';
import type { BlockStore } from './block-store.ts';
import { copyRange } from './copy-range.ts';
import { type ColumnWindow, cellId, type GridColumn, GridRow, own } from './grid-row.tsx';
import { moveBy, rangeOf, type Selection } from './selection.ts';
import { columnWidth, looksNumeric, valueText } from './values.ts';

const headerHeight = 40;
/** Rows that widths and alignment are judged by. */
const judged = 60;

interface DataGridProps {
  label: string;
  /** What a row is called in the foot, e.g. `samples`. */
  rowsName: string;
  columns: readonly TableColumn[];
  store: BlockStore<TableRow>;
}

/** A read-only spreadsheet of any length: the first column stays in sight, keys move, ranges are copied as TSV. */
export function DataGrid({ label, rowsName, columns, store }: DataGridProps) {
  const id = useId();
  const scroller = useRef<HTMLTableElement>(null);
  const version = useSyncExternalStore(store.subscribe, store.version);
  const [selection, setSelection] = useState<Selection>({
    active: { row: 0, column: 0 },
    anchor: { row: 0, column: 0 },
  });
  const hasRows = store.row(0) !== undefined;
  // judged once, by the first rows: columns that jump while one scrolls are worse than a narrow one
  const shown = useMemo(
    () => columns.map((column) => layOut(column, hasRows ? store : null)),
    [columns, store, hasRows],
  );
  const indexWidth = Math.max(44, String(store.total).length * 8 + 18);
  const keyWidth = shown[0]?.width ?? 0;
  const frozenWidth = indexWidth + keyWidth;
  const rowHeight = useRowHeight();

  const rows = useVirtualizer({
    count: store.total,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    // a new function is what makes the virtualizer compute its positions anew
    getItemKey: useCallback((index: number) => `${rowHeight} ${index}`, [rowHeight]),
    overscan: 6,
    paddingStart: headerHeight,
    scrollPaddingStart: headerHeight,
    useFlushSync: false,
  });
  const across = useVirtualizer({
    horizontal: true,
    count: Math.max(shown.length - 1, 0),
    getScrollElement: () => scroller.current,
    estimateSize: (index) => shown[index + 1]?.width ?? 100,
    getItemKey: useCallback((index: number) => shown[index + 1]?.name ?? index, [shown]),
    overscan: 2,
    paddingStart: frozenWidth,
    scrollPaddingStart: frozenWidth,
    useFlushSync: false,
  });

  const visible = rows.getVirtualItems();
  const first = visible[0]?.index ?? 0;
  const last = visible.at(-1)?.index ?? 0;
  useEffect(() => void store.need(first, last), [store, first, last]);

  const items = across.getVirtualItems();
  const windowKey = items.map((item) => item.index).join();
  const gap = (items[0]?.start ?? frozenWidth) - frozenWidth;
  // one object for as long as the window stays, so that rows are not drawn again
  const window = useMemo<ColumnWindow>(
    () => ({ indexes: windowKey === '' ? [] : windowKey.split(',').map((index) => Number(index) + 1), gap }),
    [windowKey, gap],
  );

  const select = useCallback(
    (next: Selection) => {
      setSelection(next);
      rows.scrollToIndex(next.active.row);
      if (next.active.column > 0) across.scrollToIndex(next.active.column - 1);
    },
    [rows, across],
  );
  const onKeyDown = (event: KeyboardEvent) => {
    const page = Math.max(1, Math.floor(((scroller.current?.clientHeight ?? 0) - headerHeight) / rowHeight) - 1);
    const move = { key: event.key, ctrl: event.ctrlKey || event.metaKey, shift: event.shiftKey };
    const next = moveBy(selection, move, { rows: store.total, columns: shown.length, page });
    if (!next || event.altKey) return;
    event.preventDefault();
    select(next);
  };
  const onMouseDown = (event: MouseEvent) => {
    const cell = (event.target as Element).closest<HTMLElement>('[data-row]');
    if (!cell || event.button !== 0) return;
    const active = { row: Number(cell.dataset.row), column: Number(cell.dataset.column) };
    setSelection({ active, anchor: event.shiftKey ? selection.anchor : active });
    scroller.current?.focus({ preventScroll: true });
    event.preventDefault();
  };

  const range = rangeOf(selection);
  const { active } = selection;
  // a name may only be given of a cell that is in the page
  const activeDrawn =
    active.row >= first && active.row <= last && (active.column === 0 || window.indexes.includes(active.column));
  const width = across.getTotalSize();
  const grid = {
    role: 'grid',
    tabIndex: 0,
    'aria-label': label,
    'aria-rowcount': store.total + 1,
    'aria-colcount': shown.length + 1,
    'aria-readonly': true,
    'aria-multiselectable': true,
    'aria-activedescendant': activeDrawn ? cellId(id, active.row, active.column) : undefined,
  };
  return (
    <div className="grid-frame" data-version={version} style={{ '--index': `${indexWidth}px` } as CSSProperties}>
      <table
        ref={scroller}
        {...grid}
        className="grid"
        onKeyDown={onKeyDown}
        onMouseDown={onMouseDown}
        onCopy={(event) => copyRange(event, { range, columns: shown.map((column) => column.name), store })}
      >
        <thead className="grid-head" style={{ width }}>
          <GridHead columns={shown} window={window} />
        </thead>
        <tbody className="grid-body" style={{ width, height: rows.getTotalSize() - headerHeight }}>
          {visible.map((item) => {
            const inRange = item.index >= range.top && item.index <= range.bottom;
            return (
              <GridRow
                key={item.index}
                gridId={id}
                index={item.index}
                row={store.row(item.index)}
                columns={shown}
                window={window}
                top={item.start - headerHeight}
                from={inRange ? range.left : -1}
                to={inRange ? range.right : -1}
                active={item.index === active.row ? active.column : -1}
              />
            );
          })}
        </tbody>
      </table>
      <GridFoot
        columns={shown}
        rowsName={rowsName}
        selection={selection}
        store={store}
        onRetry={() => void store.need(first, last)}
      />
    </div>
  );
}

function GridHead({ columns, window }: { columns: readonly GridColumn[]; window: ColumnWindow }) {
  const head = (column: number, frozen: boolean) => {
    const { name, note, required, width } = columns[column]!;
    return (
      <th
        key={name}
        scope="col"
        aria-colindex={column + 2}
        className={frozen ? 'grid-cell grid-key' : 'grid-cell'}
        style={{ width }}
      >
        <strong>
          {name}
          {required && <span className="grid-required"> *</span>}
        </strong>
        <small>{note}</small>
      </th>
    );
  };
  return (
    <tr aria-rowindex={1} className="grid-head-row">
      <th scope="col" aria-colindex={1} className="grid-cell grid-index">
        <span className="visually-hidden">Row</span>
      </th>
      {columns.length > 0 && head(0, true)}
      <td aria-hidden="true" className="grid-gap" style={{ width: window.gap }} />
      {window.indexes.map((column) => head(column, false))}
    </tr>
  );
}

interface GridFootProps {
  columns: readonly GridColumn[];
  rowsName: string;
  selection: Selection;
  store: BlockStore<TableRow>;
  onRetry: () => void;
}

/** Speaks the active cell whole, because cells cut long values off. */
function GridFoot({ columns, rowsName, selection, store, onRetry }: GridFootProps) {
  const { row, column } = selection.active;
  const range = rangeOf(selection);
  const cells = (range.bottom - range.top + 1) * (range.right - range.left + 1);
  const name = columns[column]?.name ?? '';
  const record = store.row(row);
  const value = record ? valueText(own(record.attributes, name)) : '';
  return (
    <div className="grid-foot">
      {store.error ? (
        <span className="grid-error" role="alert">
          Some rows did not come: {messageOf(store.error)}{' '}
          <Button size="small" onClick={onRetry}>
            Try again
          </Button>
        </span>
      ) : (
        <span className="grid-total">
          {store.total.toLocaleString('en')} {rowsName} · {columns.length} attributes
        </span>
      )}
      <span role="status" className="grid-active">
        {cells > 1 ? `${cells.toLocaleString('en')} cells` : `${name}, row ${row + 1}${value ? `: ${value}` : ''}`}
      </span>
    </div>
  );
}

function layOut(column: TableColumn, store: BlockStore<TableRow> | null): GridColumn {
  const values: (Value | undefined)[] = [];
  for (let index = 0; index < judged; index += 1) {
    const row = store?.row(index);
    if (row) values.push(own(row.attributes, column.name));
  }
  const isNumber = column.type === 'decimal' || column.type === 'integer';
  const numeric = isNumber || looksNumeric(values.map(valueText));
  const kind = numeric ? 'number' : column.type === 'string' ? 'text' : column.type;
  const many = values.some(Array.isArray) ? ' · many' : '';
  return {
    name: column.name,
    note: `${column.vocabulary ? 'vocabulary' : kind}${many}`,
    required: column.required,
    width: columnWidth(column.name, values),
    numeric,
  };
}

/** 30 px, 36 where a finger points. */
function useRowHeight(): number {
  return useSyncExternalStore(
    (listener) => {
      coarse.addEventListener('change', listener);
      return () => coarse.removeEventListener('change', listener);
    },
    () => (coarse.matches ? 36 : 30),
  );
}
const coarse = matchMedia('(pointer: coarse)');
