import { endpoint } from "../http/endpoint.ts";
import { noQuery } from "../http/page.ts";
import { lookUpPreview } from "../previews/look-up.ts";
import { previewPage } from "../previews/page.ts";
import { previewPath } from "./paths.ts";
import { previewOr404 } from "./preview-get.ts";

export const previewPageGet = endpoint({
  method: "get",
  path: "/v1/previews/{preview}/page",
  access: "signed-in",
  operationId: "getPreviewPage",
  summary: "Read a preview as a page, whole",
  description: "What a comment has no room for: every step with every property. No scripts.",
  params: previewPath,
  query: noQuery,
  answers: { 200: { description: "The page.", contentType: "text/html" } },
  problems: ["not-found"],
  handle: async ({ params, principal }, context) => {
    const row = await previewOr404(context.db, params.preview, principal, "read");
    const page = previewPage(await lookUpPreview(context, row));
    return {
      status: 200,
      headers: {
        "content-type": "text/html; charset=utf-8",
        "content-security-policy":
          "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        "referrer-policy": "no-referrer",
      },
      stream: (response) => {
        response.end(page);
        return Promise.resolve();
      },
    };
  },
});
