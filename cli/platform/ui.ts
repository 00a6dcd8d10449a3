import { scrub } from "../../runtime/secrets.ts";
import type { OutputStream } from "../run/output.ts";
import { Screen } from "../progress/screen.ts";
import { visible } from "../../runtime/visible.ts";
import type { Environment } from "./config-file.ts";
import { painter, type Paint } from "./show/paint.ts";
import { table, type Column } from "./show/table.ts";

/**
 * Where the commands of the platform speak. The answer goes to stdout: a table or text for people, or with --json a document on a line, as the API gave
 * it. How it goes on, and what to do next, goes to stderr, so that a pipe gets the answer alone.
 */
export class Ui {
  readonly json: boolean;
  readonly paint: Paint;
  readonly #out: OutputStream;
  readonly #err: OutputStream;
  readonly #progress: Screen | undefined;
  readonly #quiet: boolean;

  constructor(
    options: { readonly json: boolean; readonly quiet: boolean },
    env: Environment,
    streams: { readonly out: OutputStream; readonly err: OutputStream } = {
      out: process.stdout,
      err: process.stderr,
    },
  ) {
    this.json = options.json;
    this.#quiet = options.quiet;
    this.#out = streams.out;
    this.#err = streams.err;
    const smart = (stream: OutputStream): boolean =>
      stream.isTTY === true && env["TERM"] !== "dumb";
    const colors = (env["NO_COLOR"] ?? "") === "" && !options.json;
    this.paint = painter(colors && (smart(streams.out) || (env["FORCE_COLOR"] ?? "") !== ""));
    this.#progress =
      smart(streams.err) && !options.json && !options.quiet ? new Screen(streams.err) : undefined;
  }

  /** Whether somebody sits there who can be asked. */
  get asks(): boolean {
    return process.stdin.isTTY && this.#err.isTTY === true && !this.json;
  }

  get width(): number | undefined {
    return this.#out.isTTY === true ? (this.#out.columns ?? 80) : undefined;
  }

  /** The answer, as the API gave it, on one line; only with --json. */
  data(value: unknown): void {
    this.#out.write(`${scrub(JSON.stringify(value))}\n`);
  }

  /** A part of the answer, for people. */
  print(...lines: readonly string[]): void {
    this.#progress?.clear();
    for (const line of lines) this.#out.write(`${scrub(line)}\n`);
  }

  table<T>(columns: readonly Column<T>[], rows: readonly T[]): void {
    this.print(...table(columns, rows, this.paint, this.width));
  }

  /** What is not the answer: what to do next, what is waited for. */
  note(text: string): void {
    if (this.#quiet) return;
    const line = scrub(visible(text));
    if (this.#progress === undefined) this.#err.write(`${line}\n`);
    else this.#progress.print(line);
  }

  /** A line that is drawn again and again on a terminal, and nowhere else. */
  progress(text: string): void {
    const columns = this.#err.columns ?? 80;
    this.#progress?.draw([scrub(visible(text)).slice(0, columns - 1)]);
  }

  clear(): void {
    this.#progress?.clear();
  }
}
