import { visibleLine } from "../../../runtime/visible.ts";
import type { Paint, Style } from "./paint.ts";

export interface Column<T> {
  readonly title: string;
  readonly of: (row: T) => string | number | null;
  /** Numbers stand at the right. */
  readonly right?: boolean;
  readonly style?: (row: T) => Style | undefined;
  /** Cut where the terminal is too narrow. */
  readonly flexible?: boolean;
}

/** Lines of a table; `width` undefined: nothing is cut, as in a pipe. */
export function table<T>(
  columns: readonly Column<T>[],
  rows: readonly T[],
  paint: Paint,
  width: number | undefined,
): string[] {
  const cells = rows.map((row) =>
    columns.map((column) => visibleLine(String(column.of(row) ?? ""))),
  );
  const widths = columns.map(({ title }, index) =>
    Math.max(lengthOf(title), ...cells.map((line) => lengthOf(line[index] ?? ""))),
  );
  const flexible = columns.findIndex((column) => column.flexible === true);
  const total = widths.reduce((sum, one) => sum + one + 2, -2);
  if (width !== undefined && flexible >= 0 && total > width) {
    widths[flexible] = Math.max(8, (widths[flexible] ?? 0) - (total - width));
  }
  const line = (texts: readonly string[], style: (index: number) => Style | undefined): string =>
    texts
      .map((text, index) => {
        const wide = widths[index] ?? 0;
        const padded = pad(cut(text, wide), wide, columns[index]?.right === true);
        const chosen = style(index);
        return chosen === undefined ? padded : paint(chosen, padded);
      })
      .join("  ")
      .trimEnd();
  return [
    line(
      columns.map(({ title }) => title.toUpperCase()),
      () => "dim",
    ),
    ...cells.map((texts, at) => line(texts, (index) => columns[index]?.style?.(rows[at] as T))),
  ];
}

const segmenter = new Intl.Segmenter();

function lengthOf(text: string): number {
  return charactersOf(text).length;
}

function charactersOf(text: string): string[] {
  return Array.from(segmenter.segment(text), ({ segment }) => segment);
}

function cut(text: string, wide: number): string {
  const points = charactersOf(text);
  return points.length <= wide ? text : `${points.slice(0, wide - 1).join("")}…`;
}

function pad(text: string, wide: number, right: boolean): string {
  const space = " ".repeat(Math.max(0, wide - lengthOf(text)));
  return right ? space + text : text + space;
}
