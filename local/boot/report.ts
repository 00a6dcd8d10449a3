/** Tells a person what happens, a line a step, with the seconds since the start. */
export class Reporter {
  readonly #began = performance.now();
  readonly #out: NodeJS.WriteStream;
  #transient = false;
  #lastLine = performance.now();

  constructor(out: NodeJS.WriteStream = process.stdout) {
    this.#out = out;
  }

  step(line: string): void {
    this.#lastLine = performance.now();
    this.#clear();
    this.#out.write(`[${this.#elapsed()}] ${line}\n`);
  }

  /** A line without a time, for tables and hints. */
  plain(text = ""): void {
    this.#clear();
    this.#out.write(`${text}\n`);
  }

  /** Overwritten by the next line on a terminal; in a log, one of them each half minute says that work goes on. */
  progress(line: string): void {
    if (!this.#out.isTTY) {
      if (performance.now() - this.#lastLine > 30_000) this.step(line);
      return;
    }
    this.#clear();
    this.#out.write(`[${this.#elapsed()}] ${line}`.slice(0, (this.#out.columns || 100) - 1));
    this.#transient = true;
  }

  #clear(): void {
    if (!this.#transient) return;
    this.#out.write("\r\x1b[2K");
    this.#transient = false;
  }

  #elapsed(): string {
    return `${((performance.now() - this.#began) / 1000).toFixed(1).padStart(6)} s`;
  }
}

/** Lays rows out under headings; the columns named in `right` are aligned to the right. */
export function table(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
  right: ReadonlySet<string> = new Set(),
): string {
  const widths = headings.map((heading, column) =>
    Math.max(width(heading), ...rows.map((row) => width(row[column] ?? ""))),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => {
        const fill = " ".repeat((widths[column] ?? 0) - width(cell));
        return right.has(headings[column] ?? "") ? fill + cell : cell + fill;
      })
      .join("  ")
      .trimEnd();
  return [line(headings), line(widths.map((w) => "-".repeat(w))), ...rows.map(line)].join("\n");
}

/** Columns that a terminal gives a text: East Asian wide characters take two. */
function width(text: string): number {
  let columns = 0;
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    columns +=
      /\p{Script=Han}|\p{Script=Hiragana}|\p{Script=Katakana}|\p{Script=Hangul}|\p{Emoji_Presentation}/u.test(
        segment,
      )
        ? 2
        : 1;
  }
  return columns;
}

export function bytes(count: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  const power = count === 0 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(count) / 10));
  const value = count / 1024 ** power;
  return `${power === 0 ? value : value.toFixed(1)} ${units[power] ?? ""}`;
}
