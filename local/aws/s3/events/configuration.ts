import { s3Error } from "../errors.ts";
import { child, children, parseXml, textOf } from "../xml/read.ts";
import type { XmlElement } from "../xml/read.ts";
import { covers, KNOWN_EVENTS } from "./names.ts";

export type DestinationKind = "sqs" | "sns" | "lambda";

/** One rule of a bucket's notification configuration. */
export interface NotificationRule {
  readonly id: string;
  readonly kind: DestinationKind;
  readonly destinationArn: string;
  readonly events: readonly string[];
  readonly prefix: string;
  readonly suffix: string;
}

const KINDS: readonly { element: string; arn: string; kind: DestinationKind }[] = [
  { element: "QueueConfiguration", arn: "Queue", kind: "sqs" },
  { element: "TopicConfiguration", arn: "Topic", kind: "sns" },
  { element: "CloudFunctionConfiguration", arn: "CloudFunction", kind: "lambda" },
];

/**
 * Reads a NotificationConfiguration document.
 * @throws MalformedXML, or InvalidArgument for what S3 refuses: unknown events, foreign ARNs, overlapping filters
 */
export function readRules(root: XmlElement): NotificationRule[] {
  const rules = KINDS.flatMap(({ element, arn, kind }) =>
    children(root, element).map((rule, index) => readRule(rule, arn, kind, index)),
  );
  checkOverlaps(rules);
  return rules;
}

/** The rules of a stored configuration; none when there is none. */
export function storedRules(setting: string | undefined): NotificationRule[] {
  return setting === undefined ? [] : readRules(parseXml(setting));
}

/** The rules that an event of a key goes by. */
export function matchingRules(
  rules: readonly NotificationRule[],
  event: string,
  key: string,
): NotificationRule[] {
  return rules.filter(
    (rule) =>
      key.startsWith(rule.prefix) &&
      key.endsWith(rule.suffix) &&
      rule.events.some((configured) => covers(configured, event)),
  );
}

function readRule(
  rule: XmlElement,
  arnElement: string,
  kind: DestinationKind,
  index: number,
): NotificationRule {
  const destinationArn = textOf(rule, arnElement)?.trim();
  const events = children(rule, "Event").map((event) => event.text.trim());
  if (!destinationArn || events.length === 0) throw s3Error.malformedXml();
  if (!destinationArn.startsWith(`arn:aws:${kind}:`)) {
    throw s3Error.invalidArgument("The ARN could not be parsed", {
      ArgumentName: arnElement,
      ArgumentValue: destinationArn,
    });
  }
  for (const event of events) {
    if (KNOWN_EVENTS.has(event)) continue;
    throw s3Error.invalidArgument("The event is not supported for notifications", {
      ArgumentName: "Event",
      ArgumentValue: event,
    });
  }
  const id = textOf(rule, "Id") ?? `${kind}-${index + 1}`;
  return { id, kind, destinationArn, events, ...readFilter(rule) };
}

function readFilter(rule: XmlElement): { prefix: string; suffix: string } {
  const filter = child(rule, "Filter");
  const key = filter && child(filter, "S3Key");
  const found = { prefix: "", suffix: "" };
  for (const one of key ? children(key, "FilterRule") : []) {
    const name = textOf(one, "Name")?.toLowerCase();
    if (name !== "prefix" && name !== "suffix") {
      throw s3Error.invalidArgument("filter rule name must be either prefix or suffix", {
        ArgumentName: "FilterRule.Name",
        ArgumentValue: name ?? "",
      });
    }
    found[name] = textOf(one, "Value") ?? "";
  }
  return found;
}

/** Two rules for the same event must not be able to match the same key. */
function checkOverlaps(rules: readonly NotificationRule[]): void {
  rules.forEach((left, index) => {
    for (const right of rules.slice(index + 1)) {
      if (!shareEvent(left, right)) continue;
      const prefixes = left.prefix.startsWith(right.prefix) || right.prefix.startsWith(left.prefix);
      const suffixes = left.suffix.endsWith(right.suffix) || right.suffix.endsWith(left.suffix);
      if (!prefixes || !suffixes) continue;
      throw s3Error.invalidArgument(
        "Configuration is ambiguously defined. Cannot have overlapping suffixes in two rules if the prefixes are overlapping for the same event type.",
      );
    }
  });
}

function shareEvent(left: NotificationRule, right: NotificationRule): boolean {
  return left.events.some((a) =>
    right.events.some((b) => covers(a, b.slice(3)) || covers(b, a.slice(3))),
  );
}
