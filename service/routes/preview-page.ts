import { endpoint } from "../http/endpoint.ts";
import { noQuery } from "../http/page.ts";
import { lookUpPreview } from "../previews/look-up.ts";
import { previewPage } from "../previews/page.ts";
import { pageReply } from "../web/page.ts";
import { toSignIn } from "./browser.ts";
import { previewPath } from "./paths.ts";
import { previewOr404 } from "./preview-get.ts";

export const previewPageGet = endpoint({
  method: "get",
  path: "/v1/previews/{preview}/page",
  access: "signed-in",
  operationId: "getPreviewPage",
  summary: "Read a preview as a page, whole",
  description:
    "What a comment has no room for: every step with every property. A browser that is not signed in is sent to do so.",
  params: previewPath,
  query: noQuery,
  answers: { 200: { description: "The page.", contentType: "text/html" }, 303: toSignIn },
  problems: ["not-found"],
  handle: async ({ params, principal }, context) => {
    const row = await previewOr404(context.db, params.preview, principal, "read");
    return pageReply(previewPage(await lookUpPreview(context, row), principal));
  },
});
