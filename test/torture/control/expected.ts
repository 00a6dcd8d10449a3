import type { Wanted } from "./tenants.ts";

const account = "123456789012";
const region = "eu-west-1";

/** What the small program makes for a pipeline, as the clouds' own list names it. */
export function inventoryOf({ tenant, name, prefix }: Wanted): string[] {
  if (prefix === undefined) return [];
  const base = `cw-local--${tenant}--${name}`;
  const parts = prefix.split("/").filter((part) => part !== "");
  return [
    `arn:aws:iam::${account}:role/${base}`,
    `arn:aws:s3:::${base}`,
    `arn:aws:sqs:${region}:${account}:${base}`,
    `arn:aws:sqs:${region}:${account}:${base}--dead`,
    ...parts.map((part) => `arn:aws:ssm:${region}:${account}:parameter/${tenant}/${name}/${part}`),
  ];
}
