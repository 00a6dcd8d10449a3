/**
 * Fifty POSTs at once, each for a pipeline of its own, from a process that does nothing else: `node burst.ts URL ROUND`.
 * Prints how long each waited for its 202, in milliseconds, and where its operation is.
 */
import { send } from "./api-side.ts";
import { specNumber } from "./spec.ts";

const [url = "", round = ""] = process.argv.slice(2);

// The client's own code is loaded first.
await fetch(`${url}/healthz`);
const posts = Array.from({ length: 50 }, async (_, index) => {
  const began = performance.now();
  const path = `/v1/tenants/burst${index % 10}/pipelines`;
  const body = { name: `burst-${round}-${index}`, spec: specNumber(index) };
  const { links } = await send(url, "POST", path, body);
  return { waited: performance.now() - began, operation: links.self };
});
console.log(JSON.stringify(await Promise.all(posts)));
