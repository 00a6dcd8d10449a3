/** Writes the page that comes from the code: docs/problems.md. `npm run docs:problems` */
import { writeFile } from "node:fs/promises";
import { problemsPage } from "../http/problem-kinds.ts";

await writeFile(new URL("../../docs/problems.md", import.meta.url), problemsPage());
