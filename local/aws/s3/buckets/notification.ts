import { hostId } from "../context.ts";
import type { Call } from "../context.ts";
import { s3Error } from "../errors.ts";
import type { BucketNotification } from "../events/announce.ts";
import { readRules } from "../events/configuration.ts";
import type { NotificationRule } from "../events/configuration.ts";
import { testEventJson } from "../events/record.ts";
import { parseDocument, renderXml } from "../xml/document.ts";
import { declared, document } from "../xml/write.ts";

export function getBucketNotification(call: Call): void {
  const { name } = call.bucket();
  call.allow("s3:GetBucketNotification", call.resource);
  const kept = call.store.buckets.setting(name, "notification");
  call.reply({
    xml: kept === undefined ? document("NotificationConfiguration", undefined) : declared(kept),
  });
}

/** Keeps a configuration whose every destination S3 may send to, and sends each a test event. */
export async function putBucketNotification(call: Call): Promise<void> {
  const { name } = call.bucket();
  call.allow("s3:PutBucketNotification", call.resource);
  const root = parseDocument(await call.readText(), "NotificationConfiguration");
  const rules = readRules(root);
  if (call.header("x-amz-skip-destination-validation")?.toLowerCase() !== "true") {
    await validate(call, name, rules);
  }
  call.store.commit(undefined, (change) => {
    call.store.buckets.putSetting(name, "notification", renderXml(root, true));
    for (const rule of rules) {
      const { requestId } = call.request;
      const ids = { requestId, hostId: hostId(requestId) };
      const notification: BucketNotification = {
        destinationArn: rule.destinationArn,
        kind: rule.kind,
        bucket: name,
        event: testEventJson(name, call.server.now(), ids),
      };
      if (rule.kind !== "lambda") change.announce(JSON.stringify(notification));
    }
  });
  call.reply({});
}

async function validate(
  call: Call,
  bucket: string,
  rules: readonly NotificationRule[],
): Promise<void> {
  for (const { destinationArn } of rules) {
    if (await call.server.validateDestination(destinationArn, bucket)) continue;
    throw s3Error.invalidArgument("Unable to validate the following destination configurations", {
      ArgumentName1: destinationArn,
      ArgumentValue1:
        "The destination does not exist, or its policy does not allow s3.amazonaws.com to send to it",
    });
  }
}
