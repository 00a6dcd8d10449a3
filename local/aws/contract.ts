import type { IncomingMessage, ServerResponse } from "node:http";
import type { Readable } from "node:stream";

/** Who signed a request. `anonymous` when nobody did; `service` when AWS itself acts (an S3 event). */
export interface Principal {
  readonly kind: "root" | "user" | "assumed-role" | "service" | "anonymous";
  /** `arn:aws:iam::ACCOUNT:user/NAME`, `arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION`, `s3.amazonaws.com`, or `*`. */
  readonly arn: string;
  readonly accountId: string;
  /** For an assumed role: the role's own ARN, which policies may name too. */
  readonly roleArn?: string;
}

export type ConditionContext = Readonly<Record<string, string | readonly string[]>>;

export interface PolicyDocument {
  readonly Version?: string;
  readonly Id?: string;
  readonly Statement: PolicyStatement | readonly PolicyStatement[];
}

export interface PolicyStatement {
  readonly Sid?: string;
  readonly Effect: "Allow" | "Deny";
  readonly Principal?: "*" | Readonly<Record<string, string | readonly string[]>>;
  readonly NotPrincipal?: "*" | Readonly<Record<string, string | readonly string[]>>;
  readonly Action?: string | readonly string[];
  readonly NotAction?: string | readonly string[];
  readonly Resource?: string | readonly string[];
  readonly NotResource?: string | readonly string[];
  readonly Condition?: Readonly<
    Record<string, Readonly<Record<string, string | readonly string[]>>>
  >;
}

/** The answer to "may this principal do this?"; `message` is worded as AWS words it. */
export type Decision =
  { readonly allowed: true } | { readonly allowed: false; readonly message: string };

/** What a policy evaluation needs to know. `resourcePolicy` is the bucket's, queue's, topic's or key's own. */
export interface AccessQuestion {
  readonly principal: Principal;
  /** For example `s3:GetObject`. */
  readonly action: string;
  readonly resource: string;
  /** Account that owns the resource. */
  readonly resourceAccount: string;
  readonly resourcePolicy?: PolicyDocument;
  readonly context?: ConditionContext;
}

/** A request that reached the local AWS and whose signature, if any, has been verified. */
export interface AwsRequest {
  /** The credential scope's service (`s3`, `sqs`, `sns`, `sts`, `ssm`, `ecs`, `iam`, `logs`). */
  readonly service: string;
  readonly region: string;
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly url: URL;
  readonly requestId: string;
  readonly principal: Principal;
  readonly presigned: boolean;
  /**
   * The body as the client meant it: aws-chunked framing removed, chunk signatures and the declared
   * x-amz-content-sha256 verified as it streams (the stream fails with an AwsError when they do not fit).
   */
  readonly body: Readable;
  /** Headers that came after the body (x-amz-trailer); complete once `body` has ended. */
  readonly trailers: () => Readonly<Record<string, string>>;
  /** Evaluates identity policy, resource policy, and the policy of the VPC endpoint that the request came through. */
  readonly authorize: (
    question: Omit<AccessQuestion, "principal" | "resourceAccount"> & { resourceAccount?: string },
  ) => Decision;
}

/** An AWS service that the gateway hands verified requests to. */
export interface AwsService {
  handle(request: AwsRequest): Promise<void>;
}

/** How requests that come in by one listener travelled: its address of origin, its TLS, its VPC endpoint. */
export interface Route {
  /** The public address that the request left from. */
  readonly sourceAddress: string;
  /** False for a listener that stands for the cloud's plain-http port: aws:SecureTransport is then false. */
  readonly secure: boolean;
  /** The policy of the VPC endpoint that S3 requests pass; absent when they come from outside. */
  readonly endpointPolicy?: () => PolicyDocument | undefined;
}

export interface Listener {
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

/** An error as the AWS APIs report it. */
export class AwsError extends Error {
  override readonly name = "AwsError";
  readonly code: string;
  readonly status: number;
  /** Extra elements of the answer, for example `{ BucketName: "b" }`. */
  readonly detail: Readonly<Record<string, string>>;

  constructor(
    code: string,
    status: number,
    message: string,
    detail: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.code = code;
    this.status = status;
    this.detail = detail;
  }
}

/** What local ECS must know of the network that providers built: how traffic leaves a subnet. */
export interface NetworkView {
  egressOf(subnetId: string, assignPublicIp: boolean): Egress;
  /** The policy of the S3 gateway endpoint that the subnet's route table names, if there is one. */
  s3EndpointPolicyOf(subnetId: string): PolicyDocument | undefined;
}

export type Egress =
  | { readonly kind: "nat"; readonly address: string }
  | { readonly kind: "internet"; readonly address: string }
  | { readonly kind: "none"; readonly why: string };
