import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { ProgramError } from "./errors.ts";

const text = z.string().min(1);

/** The outputs of a foundation stack, as a pipeline's stack reads them. */
const FoundationOutputs = z.object({
  environment: text,
  region: text,
  vpcId: text,
  privateSubnetIds: z.array(text).min(1),
  publicSubnetIds: z.array(text).min(1),
  workerSecurityGroupId: text,
  egressAddress: text,
  clusterArn: text,
  clusterName: text,
  repositoryUrl: text,
  imageUri: text,
  executionRoleArn: text,
  ledgerBucket: text,
  azureResourceGroup: text,
  storageAccount: text,
  blobEndpoint: text,
  sourceBucketPatterns: z.array(text).min(1),
  logRetentionDays: z.number(),
});
type Values = z.output<typeof FoundationOutputs>;

/** What is known before anything is made: the config says it. */
type Plain = "environment" | "region" | "sourceBucketPatterns" | "logRetentionDays";

/** What a pipeline needs of its foundation, whether this stack builds it or another one did. */
export type Foundation = {
  readonly [Key in Exclude<keyof Values, Plain>]: pulumi.Input<Values[Key]>;
} & {
  readonly [Key in Plain]: Values[Key];
};

/**
 * Reads another stack's outputs.
 * @throws ProgramError `foundation-incomplete` naming every output that is missing or not what it should be.
 */
export async function foundationOf(stack: string): Promise<Foundation> {
  const reference = new pulumi.StackReference(stack);
  const names = Object.keys(FoundationOutputs.shape);
  const details = await Promise.all(names.map((name) => reference.getOutputDetails(name)));
  return parseFoundation(
    stack,
    Object.fromEntries(names.map((name, index) => [name, details[index]?.value as unknown])),
  );
}

export function parseFoundation(
  stack: string,
  outputs: Readonly<Record<string, unknown>>,
): Foundation {
  const result = FoundationOutputs.safeParse(outputs);
  if (result.success) return result.data;
  const wrong = [...new Set(result.error.issues.map((issue) => String(issue.path[0])))];
  throw new ProgramError(
    "foundation-incomplete",
    `The foundation stack ${stack}`,
    `lacks the ${wrong.length === 1 ? "output" : "outputs"} ${wrong.join(", ")}.`,
    "Run `pulumi up` on it with this version of the program; check causeway:foundationStack if it is another stack.",
    result.error,
  );
}
