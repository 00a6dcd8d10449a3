import type { AwsRequest, AwsService } from "../contract.ts";
import { AwsError } from "../contract.ts";
import { enforce, type Identity } from "../identity/identity.ts";
import type { Form } from "../query-service.ts";
import { type QueryOperation, queryService } from "../query-service.ts";
import { SnsError, validateFilterPolicyLimits } from "../sqs/fauxqs.ts";
import { entries, type XmlValue } from "../xml.ts";
import { readAttributes, readEntries, readPublication } from "./form.ts";
import { invalid, type Subscription, type Topics } from "./topics.ts";

/** Protocols whose endpoint must confirm first; locally such a subscription stays pending, as unanswered mail does. */
const PENDING = new Set(["email", "email-json", "http", "https"]);
const SETTABLE = new Set([
  "DisplayName",
  "Policy",
  "DeliveryPolicy",
  "KmsMasterKeyId",
  "TracingConfig",
  "SignatureVersion",
  "ContentBasedDeduplication",
]);

/** The local SNS: topics whose messages arrive in the local queues. */
export function snsService(topics: Topics, identity: Identity): AwsService {
  const service = queryService("sns", {
    ...topicOperations(topics, identity),
    ...subscriptionOperations(topics, identity),
    ...tagOperations(topics),
  });
  return { handle: (request) => service.handle(request).catch(translate) };
}

function translate(error: unknown): never {
  if (error instanceof SnsError) throw new AwsError(error.code, error.statusCode, error.message);
  throw error;
}

function topicOperations(topics: Topics, identity: Identity): Record<string, QueryOperation> {
  return {
    CreateTopic: (form, request) => {
      const name = form.text("Name");
      ask(topics, request, "sns:CreateTopic", topics.arn(name));
      const attributes = readAttributes(form);
      checkTopic(name, attributes, identity);
      const fifo = name.endsWith(".fifo") ? { FifoTopic: "true" } : {};
      const topic = topics.create({
        name,
        attributes: { ...attributes, ...fifo },
        tags: form.tags(),
      });
      return { TopicArn: topic.arn };
    },
    DeleteTopic: (form, request) => {
      topics.delete(asked(topics, form, request, "sns:DeleteTopic"));
      return null;
    },
    ListTopics: (_form, request) => {
      ask(topics, request, "sns:ListTopics", topics.arn("*"));
      return { Topics: topics.topics.values().map(({ arn }) => ({ TopicArn: arn })) };
    },
    GetTopicAttributes: (form, request) => {
      const topic = topics.get(asked(topics, form, request, "sns:GetTopicAttributes"));
      const all = topics.of(topic.arn);
      const confirmed = all.filter((one) => one.confirmed).length;
      return {
        Attributes: entries({
          TopicArn: topic.arn,
          Owner: identity.accountId,
          DisplayName: "",
          SubscriptionsConfirmed: String(confirmed),
          SubscriptionsPending: String(all.length - confirmed),
          SubscriptionsDeleted: "0",
          ...topic.attributes,
        }),
      };
    },
    SetTopicAttributes: (form, request) => {
      const topic = topics.get(asked(topics, form, request, "sns:SetTopicAttributes"));
      const name = form.text("AttributeName");
      const value = form.optional("AttributeValue") ?? "";
      checkTopic(topic.name, { [name]: value }, identity);
      topics.topics.set(topic.arn, {
        ...topic,
        attributes: { ...topic.attributes, [name]: value },
      });
      return null;
    },
    Publish: (form, request) => {
      const arn = asked(topics, form, request, "sns:Publish");
      return { MessageId: topics.publish(arn, readPublication(form, "")) };
    },
    PublishBatch: (form, request) => {
      const arn = asked(topics, form, request, "sns:Publish");
      const Successful = readEntries(form).map(({ id, publication }) => ({
        Id: id,
        MessageId: topics.publish(arn, publication),
      }));
      return { Successful, Failed: [] };
    },
  };
}

function subscriptionOperations(
  topics: Topics,
  identity: Identity,
): Record<string, QueryOperation> {
  const shown = (one: Subscription): XmlValue => ({
    SubscriptionArn: one.confirmed ? one.arn : "PendingConfirmation",
    TopicArn: one.topicArn,
    Protocol: one.protocol,
    Endpoint: one.endpoint,
    Owner: identity.accountId,
  });
  const found = (form: Form, request: AwsRequest, action: string): Subscription => {
    const arn = form.text("SubscriptionArn");
    ask(topics, request, action, arn.slice(0, arn.lastIndexOf(":")));
    const one = topics.subscriptions.get(arn);
    if (one === undefined) throw new AwsError("NotFound", 404, "Subscription does not exist");
    return one;
  };
  return {
    Subscribe: (form, request) => {
      const topicArn = asked(topics, form, request, "sns:Subscribe");
      const protocol = form.text("Protocol");
      const attributes = readAttributes(form);
      if (protocol !== "sqs" && !PENDING.has(protocol))
        throw invalid(`Protocol: the local SNS does not deliver to "${protocol}".`);
      if (attributes["FilterPolicy"]) validateFilterPolicyLimits(attributes["FilterPolicy"]);
      const endpoint = form.text("Endpoint");
      const one = topics.subscribe({ topicArn, protocol, endpoint, attributes });
      const whole = one.confirmed || form.optional("ReturnSubscriptionArn") === "true";
      return { SubscriptionArn: whole ? one.arn : "pending confirmation" };
    },
    Unsubscribe: (form, request) => {
      topics.subscriptions.delete(found(form, request, "sns:Unsubscribe").arn);
      return null;
    },
    ListSubscriptions: (_form, request) => {
      ask(topics, request, "sns:ListSubscriptions", topics.arn("*"));
      return { Subscriptions: topics.subscriptions.values().map(shown) };
    },
    ListSubscriptionsByTopic: (form, request) => {
      const arn = asked(topics, form, request, "sns:ListSubscriptionsByTopic");
      return { Subscriptions: topics.of(arn).map(shown) };
    },
    GetSubscriptionAttributes: (form, request) => {
      const one = found(form, request, "sns:GetSubscriptionAttributes");
      return {
        Attributes: entries({
          SubscriptionArn: one.arn,
          TopicArn: one.topicArn,
          Protocol: one.protocol,
          Endpoint: one.endpoint,
          Owner: identity.accountId,
          ConfirmationWasAuthenticated: String(one.confirmed),
          PendingConfirmation: String(!one.confirmed),
          RawMessageDelivery: "false",
          ...one.attributes,
        }),
      };
    },
    SetSubscriptionAttributes: (form, request) => {
      const one = found(form, request, "sns:SetSubscriptionAttributes");
      const name = form.text("AttributeName");
      const value = form.optional("AttributeValue") ?? "";
      if (name === "FilterPolicy" && value !== "") validateFilterPolicyLimits(value);
      topics.subscriptions.set(one.arn, {
        ...one,
        attributes: { ...one.attributes, [name]: value },
      });
      return null;
    },
  };
}

function tagOperations(topics: Topics): Record<string, QueryOperation> {
  const found = (form: Form, request: AwsRequest, action: string) => {
    const arn = form.text("ResourceArn");
    ask(topics, request, action, arn);
    return topics.get(arn);
  };
  return {
    ListTagsForResource: (form, request) => {
      const { tags } = found(form, request, "sns:ListTagsForResource");
      return { Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) };
    },
    TagResource: (form, request) => {
      const topic = found(form, request, "sns:TagResource");
      topics.topics.set(topic.arn, { ...topic, tags: { ...topic.tags, ...form.tags() } });
      return {};
    },
    UntagResource: (form, request) => {
      const topic = found(form, request, "sns:UntagResource");
      const gone = new Set(form.list("TagKeys"));
      const tags = Object.entries(topic.tags).filter(([key]) => !gone.has(key));
      topics.topics.set(topic.arn, { ...topic, tags: Object.fromEntries(tags) });
      return {};
    },
  };
}

function checkTopic(name: string, attributes: Record<string, string>, identity: Identity): void {
  if (!/^[A-Za-z0-9_-]{1,256}(\.fifo)?$/.test(name)) throw invalid("Topic Name");
  for (const key of Object.keys(attributes))
    if (!SETTABLE.has(key) && key !== "FifoTopic") throw invalid(`AttributeName: ${key}`);
  if (attributes["Policy"]) identity.parse(attributes["Policy"], "resource");
}

function asked(topics: Topics, form: Form, request: AwsRequest, action: string): string {
  const arn = form.text("TopicArn");
  ask(topics, request, action, arn);
  return arn;
}

function ask(topics: Topics, request: AwsRequest, action: string, resource: string): void {
  const resourcePolicy = topics.policyOf(resource);
  const decision = request.authorize({
    action,
    resource,
    ...(resourcePolicy && { resourcePolicy }),
  });
  enforce(decision, "AuthorizationError", 403);
}
