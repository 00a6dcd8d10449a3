import { findEngine } from "./engine.ts";
import { Reporter } from "../boot/report.ts";

/* Makes sure that there is an engine, before tests that would otherwise wait for it in silence. */
const report = new Reporter(process.stderr);
try {
  const { root } = await findEngine({
    report: (line, kind) => (kind === "step" ? report.step(line) : report.progress(line)),
  });
  console.log(root);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
