import { createHash } from "node:crypto";

import type { Principal } from "../../contract.ts";
import type { Version } from "../index/version.ts";
import { bucketArn, canonicalUserId, urlEncodeKey } from "../names.ts";
import type { EventName } from "./names.ts";

/** What an event tells of. */
export interface Happening {
  readonly event: EventName;
  readonly version: Version;
  /** Whether the bucket has versions, so that the event names one. */
  readonly versioned: boolean;
  readonly at: Date;
  readonly region: string;
  readonly accountId: string;
  readonly principal: Principal;
  readonly sourceAddress: string;
  readonly requestId: string;
  readonly hostId: string;
}

/**
 * An event in the form that queues, topics and functions receive. Source: "Event message structure", version 2.1.
 * @param configurationId the id of the rule that sends it
 */
export function eventJson(happening: Happening, configurationId: string): string {
  const { event, version, region } = happening;
  const record = {
    eventVersion: "2.1",
    eventSource: "aws:s3",
    awsRegion: region,
    eventTime: happening.at.toISOString(),
    eventName: event,
    userIdentity: { principalId: principalId(happening.principal) },
    requestParameters: { sourceIPAddress: happening.sourceAddress },
    responseElements: {
      "x-amz-request-id": happening.requestId,
      "x-amz-id-2": happening.hostId,
    },
    s3: {
      s3SchemaVersion: "1.0",
      configurationId,
      bucket: {
        name: version.bucket,
        ownerIdentity: {
          principalId: canonicalUserId(happening.accountId).slice(0, 14).toUpperCase(),
        },
        arn: bucketArn(version.bucket),
      },
      object: {
        key: urlEncodeKey(version.key),
        ...objectFacts(event, version),
        ...(happening.versioned ? { versionId: version.id } : {}),
        sequencer: sequencer(version.seq),
      },
    },
  };
  return JSON.stringify({ Records: [record] });
}

/** What S3 sends to a destination when a configuration that names it is put. */
export function testEventJson(
  bucket: string,
  at: Date,
  ids: { readonly requestId: string; readonly hostId: string },
): string {
  return JSON.stringify({
    Service: "Amazon S3",
    Event: "s3:TestEvent",
    Time: at.toISOString(),
    Bucket: bucket,
    RequestId: ids.requestId,
    HostId: ids.hostId,
  });
}

/** Hexadecimal and of one length, so that comparing texts compares times. */
export function sequencer(seq: number): string {
  return seq.toString(16).toUpperCase().padStart(18, "0");
}

function objectFacts(event: EventName, version: Version): Record<string, unknown> {
  if (event === "ObjectRemoved:Delete") return {};
  if (event === "ObjectRemoved:DeleteMarkerCreated") return { eTag: version.etag };
  return { size: version.size, eTag: version.etag };
}

/** Users and roles have opaque ids; here they follow from the name. */
function principalId(principal: Principal): string {
  const name = principal.roleArn ?? principal.arn;
  const id = createHash("sha256").update(name).digest("hex").slice(0, 17).toUpperCase();
  switch (principal.kind) {
    case "assumed-role":
      return `AWS:AROA${id}:${principal.arn.split("/").at(-1) ?? ""}`;
    case "user":
      return `AWS:AIDA${id}`;
    case "root":
      return `AWS:${principal.accountId}`;
    case "service":
    case "anonymous":
      return principal.kind === "service" ? principal.arn : "Anonymous";
  }
}
