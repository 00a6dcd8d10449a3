import { fields } from "../../infra/spec/fields.ts";
import type { Principal } from "../auth/principal.ts";
import { endpoint } from "../http/endpoint.ts";
import { noQuery } from "../http/page.ts";
import { html, type Html } from "../web/html.ts";
import { pageReply } from "../web/page.ts";
import { toSignIn } from "./browser.ts";

export const home = endpoint({
  method: "get",
  path: "/",
  access: "signed-in",
  operationId: "home",
  summary: "The first page: who you are here, and where to go",
  params: fields({}),
  query: noQuery,
  answers: { 200: { description: "The page.", contentType: "text/html" }, 303: toSignIn },
  problems: [],
  handle: ({ principal }) =>
    Promise.resolve(pageReply({ title: "Home", viewer: principal, body: homeBody(principal) })),
});

function homeBody(principal: Principal): Html {
  return html`<main class="narrow">
    <h1>You are ${principal.name}</h1>
    <dl>
      ${rolesOf(principal).map(
        ([where, role]) =>
          html`<dt>${where}</dt>
            <dd>${role}</dd>`,
      )}
    </dl>
    <p>
      The comment on a pull request links to its previews' pages; a preview's address is
      <code>/v1/previews/ID/page</code>.
    </p>
    <p><a href="/docs">The API's reference</a></p>
  </main>`;
}

function rolesOf({ operator, roles }: Principal): [string, string][] {
  if (operator) return [["every tenant", "operator"]];
  const there = Object.entries(roles);
  return there.length === 0 ? [["every tenant", "no role"]] : there;
}
