import { visible } from "../../runtime/visible.ts";

/** Markup that is safe to send: only `html` makes it. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Part = Html | string | number | null | readonly Part[];

/** A template whose parts are text: markup in them, and what cannot be seen, is shown, not obeyed. Null is nothing. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return new Html(String.raw({ raw: strings }, ...parts.map(markup)));
}

function markup(part: Part): string {
  if (part instanceof Html) return part.text;
  if (part === null) return "";
  if (typeof part === "object") return part.map(markup).join("");
  return visible(String(part)).replaceAll(/[&<>"']/g, (one) => entities[one] ?? "");
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};
