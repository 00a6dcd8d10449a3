import type { PolicyDocument } from "../contract.ts";

const allow = (action: string | string[], resource = "*"): PolicyDocument => ({
  Version: "2012-10-17",
  Statement: { Effect: "Allow", Action: action, Resource: resource },
});

/** The AWS managed policies that the local IAM knows, by ARN; their text is what AWS publishes. */
export const MANAGED_POLICIES: ReadonlyMap<string, PolicyDocument> = new Map([
  ["arn:aws:iam::aws:policy/AdministratorAccess", allow("*")],
  ["arn:aws:iam::aws:policy/AmazonS3FullAccess", allow(["s3:*", "s3-object-lambda:*"])],
  [
    "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess",
    allow([
      "s3:Get*",
      "s3:List*",
      "s3:Describe*",
      "s3-object-lambda:Get*",
      "s3-object-lambda:List*",
    ]),
  ],
  ["arn:aws:iam::aws:policy/AmazonSQSFullAccess", allow("sqs:*")],
  ["arn:aws:iam::aws:policy/AmazonSNSFullAccess", allow("sns:*")],
  [
    "arn:aws:iam::aws:policy/AmazonSSMReadOnlyAccess",
    allow(["ssm:Describe*", "ssm:Get*", "ssm:List*"]),
  ],
  [
    "arn:aws:iam::aws:policy/CloudWatchLogsFullAccess",
    allow(["logs:*", "cloudwatch:GenerateQuery"]),
  ],
  [
    "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy",
    allow([
      "ecr:GetAuthorizationToken",
      "ecr:BatchCheckLayerAvailability",
      "ecr:GetDownloadUrlForLayer",
      "ecr:BatchGetImage",
      "logs:CreateLogStream",
      "logs:PutLogEvents",
    ]),
  ],
  [
    "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",
    allow(["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"]),
  ],
]);
