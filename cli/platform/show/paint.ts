import { styleText } from "node:util";

export type Style = "dim" | "bold" | "red" | "green" | "yellow" | "cyan";
export type Paint = (style: Style, text: string) => string;

/** Colours, or none. They only repeat what a word says. */
export function painter(color: boolean): Paint {
  return color
    ? (style, text) => styleText(style, text, { validateStream: false })
    : (_style, text) => text;
}

const STYLES: Readonly<Record<string, Style>> = {
  ready: "green",
  succeeded: "green",
  complete: "green",
  applied: "green",
  yes: "green",
  failed: "red",
  incomplete: "red",
  no: "red",
  delete: "red",
  replace: "red",
  outdated: "yellow",
  expired: "yellow",
  cancelled: "yellow",
  unknown: "yellow",
  held: "yellow",
  update: "yellow",
  create: "green",
  removed: "dim",
};

/** How a state is painted; one under way is cyan. */
export function styleOf(state: string): Style {
  return STYLES[state] ?? "cyan";
}
