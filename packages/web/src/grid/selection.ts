export interface Cell {
  row: number;
  column: number;
}

/** The active cell, and where the range that ends at it began. */
export interface Selection {
  active: Cell;
  anchor: Cell;
}

export interface Range {
  top: number;
  bottom: number;
  left: number;
  right: number;
}

export function rangeOf({ active, anchor }: Selection): Range {
  return {
    top: Math.min(active.row, anchor.row),
    bottom: Math.max(active.row, anchor.row),
    left: Math.min(active.column, anchor.column),
    right: Math.max(active.column, anchor.column),
  };
}

interface Move {
  key: string;
  ctrl: boolean;
  shift: boolean;
}

interface Size {
  rows: number;
  columns: number;
  /** Rows that a page holds. */
  page: number;
}

/** Where a key leads; undefined for a key that is not the grid's. Shift keeps the anchor. Pure. */
export function moveBy(selection: Selection, { key, ctrl, shift }: Move, size: Size): Selection | undefined {
  const { row, column } = selection.active;
  const lastRow = size.rows - 1;
  const lastColumn = size.columns - 1;
  const targets: Record<string, Cell | undefined> = {
    ArrowUp: { row: ctrl ? 0 : row - 1, column },
    ArrowDown: { row: ctrl ? lastRow : row + 1, column },
    ArrowLeft: { row, column: ctrl ? 0 : column - 1 },
    ArrowRight: { row, column: ctrl ? lastColumn : column + 1 },
    Home: { row: ctrl ? 0 : row, column: 0 },
    End: { row: ctrl ? lastRow : row, column: lastColumn },
    PageUp: { row: row - size.page, column },
    PageDown: { row: row + size.page, column },
  };
  const target = Object.hasOwn(targets, key) ? targets[key] : undefined;
  if (!target) return undefined;
  const active = {
    row: Math.min(Math.max(target.row, 0), lastRow),
    column: Math.min(Math.max(target.column, 0), lastColumn),
  };
  return { active, anchor: shift ? selection.anchor : active };
}
