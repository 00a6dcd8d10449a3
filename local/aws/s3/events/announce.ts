import type { Call } from "../context.ts";
import { hostId } from "../context.ts";
import type { Version } from "../index/version.ts";
import type { Change } from "../store.ts";
import { matchingRules, storedRules } from "./configuration.ts";
import type { DestinationKind } from "./configuration.ts";
import type { EventName } from "./names.ts";
import { eventJson } from "./record.ts";

/** An event on its way to one destination. */
export interface BucketNotification {
  readonly destinationArn: string;
  readonly kind: DestinationKind;
  readonly bucket: string;
  /** JSON */
  readonly event: string;
}

export interface Announcement {
  readonly call: Call;
  readonly event: EventName;
  readonly version: Version;
}

/** Writes an event into the commit that it tells of, once for each rule that wants it. */
export function announce(change: Change, { call, event, version }: Announcement): void {
  const { buckets } = call.store;
  const rules = storedRules(buckets.setting(version.bucket, "notification"));
  for (const rule of matchingRules(rules, event, version.key)) {
    const json = eventJson(
      {
        event,
        version,
        versioned: buckets.find(version.bucket)?.versioning !== "Unversioned",
        at: call.server.now(),
        region: call.server.region,
        accountId: call.server.accountId,
        principal: call.request.principal,
        sourceAddress: call.request.req.socket.remoteAddress ?? "127.0.0.1",
        requestId: call.request.requestId,
        hostId: hostId(call.request.requestId),
      },
      rule.id,
    );
    const notification: BucketNotification = {
      destinationArn: rule.destinationArn,
      kind: rule.kind,
      bucket: version.bucket,
      event: json,
    };
    change.announce(JSON.stringify(notification));
  }
}
