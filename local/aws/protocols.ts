import type { ServerResponse } from "node:http";
import { AwsError } from "./contract.ts";
import { element } from "./xml.ts";

/** How a service speaks: what its errors look like follows from it. */
export type Protocol = "s3" | "query" | "json-1.0" | "json-1.1";

const PROTOCOLS: Readonly<Record<string, Protocol>> = {
  s3: "s3",
  iam: "query",
  sts: "query",
  sns: "query",
  sqs: "json-1.0",
  ecs: "json-1.1",
  kms: "json-1.1",
  logs: "json-1.1",
  ssm: "json-1.1",
};

/** A service that does not exist here answers in the protocol that its request spoke. */
export function protocolOf(service: string, contentType = ""): Protocol {
  const known = PROTOCOLS[service];
  if (known !== undefined) return known;
  if (contentType.includes("x-amz-json-1.0")) return "json-1.0";
  return contentType.includes("json") ? "json-1.1" : "query";
}

export const XML_NAMESPACES: Readonly<Record<string, string>> = {
  iam: "https://iam.amazonaws.com/doc/2010-05-08/",
  sts: "https://sts.amazonaws.com/doc/2011-06-15/",
  sns: "http://sns.amazonaws.com/doc/2010-03-31/",
};

/** The JSON protocols have names of their own for what goes wrong before a service is asked. */
const JSON_NAMES: Readonly<Record<string, readonly [code: string, status: number]>> = {
  SignatureDoesNotMatch: ["InvalidSignatureException", 400],
  InvalidClientTokenId: ["UnrecognizedClientException", 400],
  ExpiredToken: ["ExpiredTokenException", 400],
  MissingAuthenticationToken: ["MissingAuthenticationTokenException", 400],
  AuthorizationHeaderMalformed: ["IncompleteSignatureException", 400],
  InternalError: ["InternalFailure", 500],
};

/** SQS' clients know errors by their old query codes, which a header carries. */
const SQS_QUERY_CODES: Readonly<Record<string, string>> = {
  QueueDoesNotExist: "AWS.SimpleQueueService.NonExistentQueue",
  QueueNameExists: "QueueAlreadyExists",
  AccessDeniedException: "AccessDenied",
};

/** Answers with an error in the words of the protocol. */
export function sendError(
  res: ServerResponse,
  service: string,
  protocol: Protocol,
  error: AwsError,
  requestId: string,
): void {
  if (protocol === "s3") sendS3Error(res, error, requestId);
  else if (protocol === "query") sendQueryError(res, service, error, requestId);
  else sendJsonError(res, service, protocol, error);
}

function sendJsonError(
  res: ServerResponse,
  service: string,
  protocol: "json-1.0" | "json-1.1",
  error: AwsError,
): void {
  const [code, status] = JSON_NAMES[error.code] ?? [error.code, error.status];
  const kind = status >= 500 ? "Receiver" : "Sender";
  if (service === "sqs") {
    const old = SQS_QUERY_CODES[code] ?? code;
    res.setHeader("x-amzn-query-error", `${old};${kind}`);
  }
  const type = service === "sqs" ? `com.amazonaws.sqs#${code}` : code;
  sendJson(res, protocol, { __type: type, message: error.message, ...error.detail }, status);
}

function sendQueryError(
  res: ServerResponse,
  service: string,
  error: AwsError,
  requestId: string,
): void {
  const namespace = XML_NAMESPACES[service];
  const attributes = namespace === undefined ? "" : ` xmlns="${namespace}"`;
  const code = error.code === "InternalError" ? "ServiceFailure" : error.code;
  const body = {
    Error: {
      Type: error.status >= 500 ? "Receiver" : "Sender",
      Code: code,
      Message: error.message,
    },
    RequestId: requestId,
  };
  sendXml(res, element("ErrorResponse", body, attributes), error.status);
}

function sendS3Error(res: ServerResponse, error: AwsError, requestId: string): void {
  const body = {
    Code: error.code,
    Message: error.message,
    ...error.detail,
    RequestId: requestId,
    HostId: "local",
  };
  const head = '<?xml version="1.0" encoding="UTF-8"?>\n';
  res.setHeader("x-amz-request-id", requestId);
  sendXml(res, head + element("Error", body), error.status, "application/xml");
}

export function sendXml(
  res: ServerResponse,
  xml: string,
  status = 200,
  contentType = "text/xml",
): void {
  send(res, status, contentType, xml);
}

export function sendJson(
  res: ServerResponse,
  protocol: "json-1.0" | "json-1.1",
  value: object,
  status = 200,
): void {
  const version = protocol.slice("json-".length);
  send(res, status, `application/x-amz-json-${version}`, JSON.stringify(value));
}

function send(res: ServerResponse, status: number, contentType: string, text: string): void {
  const bytes = Buffer.from(text);
  res.writeHead(status, { "content-type": contentType, "content-length": bytes.length });
  res.end(bytes);
}

/** What the service itself did not foresee is our bug: the caller hears of it as AWS' own failure. */
export function asAwsError(error: unknown): AwsError {
  if (error instanceof AwsError) return error;
  return new AwsError(
    "InternalError",
    500,
    `The local AWS failed: ${error instanceof Error ? error.message : String(error)}`,
  );
}
