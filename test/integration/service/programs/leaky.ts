import { setTimeout as delay } from "node:timers/promises";
import * as pulumi from "@pulumi/pulumi";
import { Parameter } from "@pulumi/aws/ssm/parameter.js";

/** What the program knows and nobody else may learn. Each stands for one way in which a secret gets out. */
export const hidden = {
  key: 'kq/"first"&+key 0x5eed-91d3',
  nextKey: "next&<key>/0x5eed-47ac-ü",
  wasPlain: "plainly-said-before-0x5eed",
  nowSecret: "no-longer-said-0x5eed-77",
  pattern: "0x5eed-pattern-of-a-header",
  thrown: "0x5eed-thrown-with-a-stack",
  crashed: "0x5eed-last-words-of-a-child",
  /** Nobody says that it is one; it looks like it. */
  machineToken: "cwt_0x5eedmachinetoken00_0x5eed-SaidByAProgram-ThatFailed-00000000000",
};

/** Real resources on the embedded AWS. The first part of the source's prefix says how the program behaves. */
export async function program(): Promise<Record<string, unknown>> {
  const config = new pulumi.Config("causeway");
  const pipeline = config.requireObject<{ spec: { source: { prefix: string } } }>("pipeline");
  const how = pipeline.spec.source.prefix.split("/")[0] ?? "";
  if (how === "crashes") return crash();
  const key = how === "first" ? hidden.key : hidden.nextKey;
  parameter(
    "key",
    pulumi.secret(key),
    how === "first" ? hidden.wasPlain : pulumi.secret(hidden.nowSecret),
  );
  await talk(key);
  if (how === "fails") refused();
  if (how === "throws") fail();
  return {
    careless: `https://example.com/?key=${encodeURIComponent(key)}`,
    key: pulumi.secret(key),
  };
}

function parameter(name: string, value: pulumi.Input<string>, description: pulumi.Input<string>) {
  return new Parameter(name, { name: `/leaky/${name}`, type: "SecureString", value, description });
}

async function talk(key: string): Promise<void> {
  process.stderr.write(`writing with ${key.slice(0, 9)}`);
  process.stderr.write(`${key.slice(9)}\n`);
  console.log(`printing ${JSON.stringify({ inner: JSON.stringify({ key }) })}`);
  await pulumi.log.warn(`Authorization: ${Buffer.from(`user:${key}:tail`).toString("base64")}`);
  await pulumi.log.info(`${"x".repeat(7_985)} ${key} and more`);
}

/** The provider's refusal quotes the pattern. */
function refused(): void {
  new Parameter("refused", {
    ...{ name: "/leaky/refused", type: "SecureString", value: "does not fit" },
    allowedPattern: pulumi.secret(`^${hidden.pattern}$`),
  });
}

function fail(): never {
  parameter("thrown", pulumi.secret(hidden.thrown), "x");
  throw new Error(`cannot sign with ${hidden.thrown}, nor as ${hidden.machineToken}`);
}

async function crash(): Promise<never> {
  parameter("crashed", pulumi.secret(hidden.crashed), "x");
  await delay(400);
  process.stderr.write(hidden.crashed.slice(0, 12));
  process.stderr.write(hidden.crashed.slice(12));
  process.exit(3);
}
