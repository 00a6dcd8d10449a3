import type { Orders } from "./stub/control.ts";

type Answer<Name extends keyof Orders> = ReturnType<Orders[Name]>;
type Asked<Name extends keyof Orders> =
  Parameters<Orders[Name]> extends [infer First, ...unknown[]] ? First : Record<string, never>;

/** The stubs' control port, typed. */
export class Control {
  readonly #port: number;

  constructor(port: number) {
    this.#port = port;
  }

  async order<Name extends keyof Orders>(name: Name, asked: Asked<Name>): Promise<Answer<Name>> {
    const response = await fetch(`http://127.0.0.1:${this.#port}/${name}`, {
      method: "POST",
      body: JSON.stringify(asked),
    });
    if (!response.ok) throw new Error(`${name}: ${await response.text()}`);
    return (await response.json()) as Answer<Name>;
  }
}
