import type { LogLevel, OutputOptions } from "../options.ts";
import { Screen, type Terminal } from "../progress/screen.ts";
import { scrub } from "../../runtime/secrets.ts";

export interface OutputStream extends Terminal {
  readonly isTTY?: boolean;
}

/** One thing that happened, as JSON lines show it. */
export interface Event {
  readonly event: "start" | "progress" | "object" | "problem" | "note" | "difference" | "end";
  readonly [field: string]: unknown;
}

const LEVELS: readonly LogLevel[] = ["error", "warn", "info", "debug"];

/**
 * Where a command speaks. On a terminal: words, and a display that is drawn again and again. Otherwise: JSON lines on stdout, words only on stderr and only
 * at the end. `--quiet`: what went wrong, on stderr.
 */
export class Output {
  readonly json: boolean;
  readonly color: boolean;
  readonly #options: OutputOptions;
  readonly #out: OutputStream;
  readonly #err: OutputStream;
  readonly #screen: Screen | undefined;

  constructor(
    options: OutputOptions,
    env: Readonly<Record<string, string | undefined>>,
    streams: { readonly out: OutputStream; readonly err: OutputStream } = {
      out: process.stdout,
      err: process.stderr,
    },
  ) {
    this.#options = options;
    this.#out = streams.out;
    this.#err = streams.err;
    const terminal = streams.out.isTTY === true && env["TERM"] !== "dumb";
    this.json = options.json || !terminal;
    this.color = terminal && (env["NO_COLOR"] ?? "") === "";
    this.#screen = this.json || options.quiet ? undefined : new Screen(streams.out);
  }

  get columns(): number {
    return this.#out.columns ?? 80;
  }

  /** A display can be drawn. */
  get live(): boolean {
    return this.#screen !== undefined;
  }

  wants(level: LogLevel): boolean {
    return LEVELS.indexOf(level) <= LEVELS.indexOf(this.#options.logLevel);
  }

  draw(lines: readonly string[]): void {
    this.#screen?.draw(lines);
  }

  clear(): void {
    this.#screen?.clear();
  }

  /** Something happened: a JSON line, or its words above the display. */
  tell(level: LogLevel, event: Event, words: string): void {
    if (!this.wants(level)) return;
    const wrong = level === "error" || level === "warn";
    if (this.#options.quiet) {
      if (wrong) this.#err.write(`${scrub(words)}\n`);
    } else if (this.json) {
      this.#out.write(
        `${scrub(JSON.stringify({ at: new Date().toISOString(), level, ...event }))}\n`,
      );
    } else this.#screen?.print(scrub(words));
  }

  /** The end: a JSON line and, for people, the words. */
  end(event: Event, words: readonly string[], wrong: boolean): void {
    this.clear();
    if (this.#options.quiet && !wrong) return;
    const text = scrub(`${words.join("\n")}\n`);
    if (!this.json) this.#out.write(text);
    else {
      if (!this.#options.quiet) {
        this.#out.write(
          `${scrub(JSON.stringify({ at: new Date().toISOString(), level: wrong ? "error" : "info", ...event }))}\n`,
        );
      }
      this.#err.write(text);
    }
  }
}
