import { fitTo, widthOf } from './text.ts';

const GAP = 2;

/**
 * Rows as aligned columns, two blanks apart. The last column takes what is left of `width` (columns of the
 * terminal; Infinity where there is none) and is cut there, so a row is one line.
 */
export function renderTable(rows: readonly (readonly string[])[], width: number): string[] {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...rows.map((row) => widthOf(row[column] ?? ''))),
  );
  return rows.map((row) => {
    const cells = row.map((cell, column) =>
      column === columns - 1 ? cell : cell + ' '.repeat((widths[column] ?? 0) - widthOf(cell) + GAP),
    );
    return fitTo(cells.join('').trimEnd(), width);
  });
}
