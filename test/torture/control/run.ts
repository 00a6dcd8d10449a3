import { parseArgs } from "node:util";
import { programNames } from "./programs.ts";
import { torture } from "./torture.ts";

/**
 * `npm run torture:control -- [--seed N] [--operations 100] [--stacks 20] [--instances 1|2] [--postgres pglite|server] [--program small|product]
 * [--kill-every SECONDS] [--keep]`: see torture.ts. Exit code 1 when something was wrong.
 */
const { values } = parseArgs({
  options: {
    seed: { type: "string", default: String(Math.floor(Math.random() * 2 ** 31)) },
    operations: { type: "string", default: "100" },
    stacks: { type: "string", default: "20" },
    instances: { type: "string", default: "1" },
    postgres: { type: "string" },
    program: { type: "string", default: "small" },
    "kill-every": { type: "string" },
    keep: { type: "boolean", default: false },
  },
});
const began = performance.now();
const say = (line: string): void => {
  console.log(`${((performance.now() - began) / 1000).toFixed(0).padStart(5)} s  ${line}`);
};
const instances = number("instances", values.instances);
const program = oneOf("program", values.program, programNames);
const options = {
  seed: number("seed", values.seed),
  operations: number("operations", values.operations),
  stacks: number("stacks", values.stacks),
  instances,
  postgres: oneOf("postgres", values.postgres ?? (instances > 1 ? "server" : "pglite"), [
    "pglite",
    "server",
  ] as const),
  program,
  // An operation that is never left in peace for as long as it takes ends as interrupted.
  killEverySeconds: number(
    "kill-every",
    values["kill-every"] ?? { small: "4.5", product: "15" }[program],
  ),
  keep: values.keep,
};
say(JSON.stringify(options));
const wrong = await torture({ ...options, say });
for (const line of wrong) console.log(`NOT OK  ${line}`);
say(`${wrong.length} wrong, seed ${options.seed}`);
process.exit(wrong.length === 0 ? 0 : 1);

function number(option: string, text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value >= 0) return value;
  return refuse(`--${option}: expected a number, got ${JSON.stringify(text)}.`);
}

function oneOf<T extends string>(option: string, text: string, known: readonly T[]): T {
  const found = known.find((each) => each === text);
  return (
    found ?? refuse(`--${option}: expected ${known.join(" or ")}, got ${JSON.stringify(text)}.`)
  );
}

function refuse(message: string): never {
  console.error(message);
  process.exit(2);
}
