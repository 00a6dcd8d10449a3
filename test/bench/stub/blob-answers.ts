import type { Reply } from "./connection.ts";
import type { HttpRequest } from "./request.ts";

const STATUS: Readonly<Record<string, number>> = {
  BlobAlreadyExists: 409,
  BlobNotFound: 404,
  CannotVerifyCopySource: 404,
  ConditionNotMet: 412,
  ContainerAlreadyExists: 409,
  ContainerNotFound: 404,
  Crc64Mismatch: 400,
  InvalidBlobOrBlock: 400,
  InvalidBlockList: 400,
  InvalidRange: 416,
  InvalidUri: 400,
  Md5Mismatch: 400,
  MissingRequiredHeader: 400,
  NoAuthenticationInformation: 401,
  NotImplemented: 501,
  ServerBusy: 503,
  SourceConditionNotMet: 412,
};

export function blobError(code: string, request: HttpRequest, status?: number): Reply {
  const body = `\ufeff<?xml version="1.0" encoding="utf-8"?><Error><Code>${code}</Code><Message>${code}\nRequestId:RIG\nTime:${new Date().toISOString()}</Message></Error>`;
  return {
    status: status ?? STATUS[code] ?? 400,
    headers: `x-ms-error-code: ${code}\r\nContent-Type: application/xml\r\n`,
    ...(request.method === "HEAD" ? {} : { body }),
  };
}

export function blobXml(body: string): Reply {
  return {
    status: 200,
    headers: "Content-Type: application/xml\r\n",
    body: `\ufeff<?xml version="1.0" encoding="utf-8"?>${body}`,
  };
}
