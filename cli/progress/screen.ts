/** What a screen needs of a terminal. */
export interface Terminal {
  readonly columns?: number;
  write(text: string): unknown;
}

/** A few lines at the bottom of a terminal that are drawn again and again; what is printed goes above them. */
export class Screen {
  readonly #terminal: Terminal;
  #drawn = 0;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  draw(lines: readonly string[]): void {
    this.#terminal.write(`${this.#erased()}${lines.map((line) => `${line}\n`).join("")}`);
    this.#drawn = lines.length;
  }

  /** A line that stays. The display is drawn below it the next time. */
  print(line: string): void {
    this.#terminal.write(`${this.#erased()}${line}\n`);
    this.#drawn = 0;
  }

  clear(): void {
    if (this.#drawn > 0) this.#terminal.write(this.#erased());
    this.#drawn = 0;
  }

  /** Up over what was drawn, and nothing left below. */
  #erased(): string {
    return this.#drawn === 0 ? "" : `\u001b[${this.#drawn}A\u001b[0J`;
  }
}
