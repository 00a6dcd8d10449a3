import { policy, type PolicyDocument, type Statement } from "../aws/policy-document.ts";

/** Everything that a worker touches in AWS, as ARNs. */
export interface WorkerReach {
  readonly bucketArn: string;
  /** Keys of the pipeline; a prefix holds no wildcard (spec/names.ts). */
  readonly prefix: string;
  readonly queueArn: string;
  readonly deadLetterArn: string;
  readonly ledgerArn: string;
  readonly ledgerPrefix: string;
  readonly parameterArns: readonly string[];
  /** Whether archived objects are to be asked for. */
  readonly restores: boolean;
  readonly tags: "ignore" | "copy";
}

/** What a worker may do, and nothing else: one statement per thing that it does. */
export function workerPolicy(reach: WorkerReach): PolicyDocument {
  return policy(
    {
      Sid: "ReadObjects",
      Effect: "Allow",
      Action: ["s3:GetObject", "s3:GetObjectVersion"],
      Resource: `${reach.bucketArn}/${reach.prefix}*`,
    },
    {
      // Without it S3 answers 403 for a key that is gone, as for one that is forbidden. No s3:prefix condition:
      // reading a key has none, and the answer would be 403 again.
      Sid: "TellGoneFromForbidden",
      Effect: "Allow",
      Action: "s3:ListBucket",
      Resource: reach.bucketArn,
    },
    {
      Sid: "TakeHints",
      Effect: "Allow",
      Action: ["sqs:ReceiveMessage", "sqs:ChangeMessageVisibility", "sqs:DeleteMessage"],
      Resource: reach.queueArn,
    },
    {
      Sid: "HandOutSlicesOfScans",
      Effect: "Allow",
      Action: "sqs:SendMessage",
      Resource: reach.queueArn,
    },
    {
      Sid: "GiveUpHints",
      Effect: "Allow",
      Action: "sqs:SendMessage",
      Resource: reach.deadLetterArn,
    },
    {
      // What the workers of a scan share lies beside the ledger.
      Sid: "KeepLedger",
      Effect: "Allow",
      Action: ["s3:PutObject", "s3:GetObject"],
      Resource: `${reach.ledgerArn}/${reach.ledgerPrefix}*`,
    },
    {
      Sid: "ListLedger",
      Effect: "Allow",
      Action: "s3:ListBucket",
      Resource: reach.ledgerArn,
      // Other pipelines keep their ledgers in the same bucket.
      Condition: { StringLike: { "s3:prefix": `${reach.ledgerPrefix}*` } },
    },
    {
      // Its sign of life, by which workers share a rate.
      Sid: "TakeSignAway",
      Effect: "Allow",
      Action: "s3:DeleteObject",
      Resource: `${reach.ledgerArn}/${reach.ledgerPrefix}pace/*`,
    },
    {
      Sid: "ReadSas",
      Effect: "Allow",
      Action: "ssm:GetParameter",
      Resource: reach.parameterArns,
    },
    ...whereAsked(reach),
  );
}

/** What only some pipelines do. */
function whereAsked({ bucketArn, prefix, restores, tags }: WorkerReach): Statement[] {
  const Resource = `${bucketArn}/${prefix}*`;
  const statements: Statement[] = [];
  if (restores) {
    const Action = "s3:RestoreObject";
    statements.push({ Sid: "RestoreObjects", Effect: "Allow", Action, Resource });
  }
  if (tags === "copy") {
    const Action = ["s3:GetObjectTagging", "s3:GetObjectVersionTagging"];
    statements.push({ Sid: "ReadTags", Effect: "Allow", Action, Resource });
  }
  return statements;
}
