import { CloudError } from "../errors.ts";
import { dateHeader, retryAfterMs, type Asked } from "../http/failure.ts";
import type { HttpResponse } from "../http/send.ts";

/** An answer that is not a success as a CloudError: XML from S3, JSON from the others, nothing from a HEAD. */
export function awsFailure(asked: Asked, response: HttpResponse, text: string): CloudError {
  const parsed = text.trimStart().startsWith("{") ? fromJson(text) : fromXml(text);
  const code = recode(parsed.code ?? codeOfStatus(response), parsed.message);
  const action = deniedAction(parsed.message) ?? asked.action;
  const remedy = remedyFor(code, response, { ...asked, action });
  const retryAfter = retryAfterMs(response.headers["retry-after"], new Date());
  const serverTime = dateHeader(response.headers["date"]);
  const requestId = response.headers["x-amz-request-id"] ?? response.headers["x-amzn-requestid"];
  return new CloudError({
    service: asked.service,
    subject: asked.subject,
    action,
    code,
    status: response.status,
    said: parsed.message,
    ...(remedy === undefined ? {} : { remedy }),
    ...(retryAfter === undefined ? {} : { retryAfterMs: retryAfter }),
    ...(serverTime === undefined ? {} : { serverTime }),
    ...(requestId === undefined ? {} : { requestId }),
  });
}

/** AWS says which permission was missing; it may be another than the request's (s3:ListBucket for a key that is not there, kms:Decrypt). */
export function deniedAction(message: string): string | undefined {
  return /not authorized to perform:? ([a-z0-9-]+:[A-Za-z0-9]+)/.exec(message)?.[1];
}

function remedyFor(code: string, response: HttpResponse, asked: Asked): string | undefined {
  if (code === "AccessDenied" || code === "AccessDeniedException") {
    return `Allow ${asked.action} in the role of the worker, in the policy of the resource and of the VPC endpoint.`;
  }
  const region = response.headers["x-amz-bucket-region"];
  if (code === "PermanentRedirect" && region !== undefined) {
    return `The bucket is in ${region}: name that region in the pipeline's source.`;
  }
  if (code === "CustomerKeyNeeded") return "Objects under a customer-provided key cannot be read.";
  return undefined;
}

function fromXml(text: string): { code: string | undefined; message: string } {
  return { code: element(text, "Code"), message: element(text, "Message") ?? "" };
}

function fromJson(text: string): { code: string | undefined; message: string } {
  try {
    const body = JSON.parse(text) as Record<string, unknown>;
    const type = body["__type"] ?? body["code"];
    const message = body["message"] ?? body["Message"];
    return {
      code: typeof type === "string" ? (type.split("#").pop() ?? type).split(":")[0] : undefined,
      message: typeof message === "string" ? message : "",
    };
  } catch {
    return { code: undefined, message: text.slice(0, 200) };
  }
}

/** One code where services differ, and one of ours where S3 says InvalidRequest to many things. */
function recode(code: string, message: string): string {
  if (code === "AccessDeniedException") return "AccessDenied";
  if (code === "InvalidRequest" && message.includes("Server Side Encryption")) {
    return "CustomerKeyNeeded";
  }
  return code;
}

/** What S3 means by a status without a body (HEAD). */
function codeOfStatus(response: HttpResponse): string {
  const named: Readonly<Record<number, string>> = {
    301: "PermanentRedirect",
    403: "AccessDenied",
    404: "NoSuchKey",
    412: "PreconditionFailed",
    416: "InvalidRange",
    429: "TooManyRequests",
    500: "InternalError",
    503: "ServiceUnavailable",
  };
  return named[response.status] ?? `Http${response.status}`;
}

/** The text of an XML element without children; enough for the clouds' own answers. */
export function element(xml: string, name: string): string | undefined {
  const text = new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1];
  return text === undefined ? undefined : unescapeXml(text);
}

function unescapeXml(text: string): string {
  const named: Readonly<Record<string, string>> = {
    lt: "<",
    gt: ">",
    amp: "&",
    quot: '"',
    apos: "'",
  };
  return text.replace(/&(#x?[0-9a-fA-F]+|\w+);/g, (whole, name: string) => {
    if (name.startsWith("#x")) return String.fromCodePoint(parseInt(name.slice(2), 16));
    if (name.startsWith("#")) return String.fromCodePoint(Number(name.slice(1)));
    return named[name] ?? whole;
  });
}
