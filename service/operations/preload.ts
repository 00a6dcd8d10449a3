/**
 * Loads what an operation of the product's program will need, before there is one. Modules only: no resource is declared and no engine is
 * started, so that nothing of one operation can reach another.
 */
export async function warm(what: string | undefined): Promise<void> {
  if (what !== "product") return;
  // A module that cannot be loaded is the operation's error to tell.
  await import("../../infra/pipelines/copy-pipeline.ts").catch(() => undefined);
  await import("../../infra/program.ts").catch(() => undefined);
}
