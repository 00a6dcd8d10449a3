import { createHash } from "node:crypto";
import type { Principal } from "../auth/principal.ts";
import type { Reply } from "../http/endpoint.ts";
import { html, Html } from "./html.ts";
import { style } from "./style.ts";

export interface Page {
  title: string;
  /** Who looks at it; nobody is shown where nobody is signed in. */
  viewer?: Principal;
  body: Html;
}

/** As it is, to the letter: its hash is what lets it pass. */
const styleElement = new Html(`<style>${style}</style>`);
const styleHash = createHash("sha256").update(style).digest("base64");

/**
 * No script at all, no style but ours, nothing from elsewhere, in nobody's frame; and no address of ours is told to others. (Our own
 * pages may be told: a form of a page with `no-referrer` says that it is of no origin, and is refused as another's.)
 */
export const pageHeaders: Readonly<Record<string, string>> = {
  "content-type": "text/html; charset=utf-8",
  "content-security-policy": [
    "default-src 'none'",
    `style-src 'sha256-${styleHash}'`,
    "img-src data:",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join("; "),
  "referrer-policy": "same-origin",
  "cross-origin-opener-policy": "same-origin",
};

export function writePage({ title, viewer, body }: Page): string {
  const { text } = html`<html lang="en">
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <title>${title} - Causeway</title>
      <link rel="icon" href="data:," />
      ${styleElement}
    </head>
    <body>
      <header>
        <strong><a href="/">Causeway</a></strong
        >${account(viewer)}
      </header>
      ${body}
    </body>
  </html> `;
  return `<!doctype html>${text}`;
}

function account(viewer: Principal | undefined): Html | null {
  if (viewer === undefined || viewer.kind === "nobody") return null;
  if (viewer.kind !== "user") return html`<p>${viewer.name}</p>`;
  return html`<p>${viewer.name} · <a href="/logout">Sign out</a></p>`;
}

/** A page as an endpoint's answer. */
export function pageReply(
  page: Page,
  more: { status?: number; headers?: Reply["headers"] } = {},
): Reply {
  const text = writePage(page);
  return {
    status: more.status ?? 200,
    headers: { ...pageHeaders, ...more.headers },
    stream: (response) => {
      response.end(text);
      return Promise.resolve();
    },
  };
}
