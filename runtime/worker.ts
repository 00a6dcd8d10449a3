import { checkBeat } from "./health/beat.ts";
import { beatFile } from "./health/beat-file.ts";

/** `node worker.mjs` copies until SIGTERM; `node worker.mjs --health` tells whether the worker of this task is well, and loads nothing else. */
async function main(arguments_: readonly string[]): Promise<number> {
  if (arguments_.includes("--health")) return tellHealth();
  const { run } = await import("./run.ts");
  try {
    return await run(process.env);
  } catch (error) {
    const { lastWords } = await import("./last-words.ts");
    return lastWords(error);
  }
}

function tellHealth(): number {
  const { exitCode, line } = checkBeat(beatFile(process.env));
  console.log(line);
  return exitCode;
}

process.exitCode = await main(process.argv.slice(2));
