import { z } from "zod";

const texts = z.array(z.string()).default([]);
const record = z.record(z.string(), z.string()).default({});

/** The inputs of SQS' operations, as far as the local SQS reads them. */
export const queueInput = z.object({ QueueUrl: z.string() });
export const anyQueueInput = z.looseObject({ QueueUrl: z.string() });
export const createInput = z.object({
  QueueName: z.string(),
  Attributes: record,
  tags: record,
});
export const nameInput = z.object({ QueueName: z.string() });
export const listInput = z.object({
  QueueNamePrefix: z.string().optional(),
  MaxResults: z.number().int().min(1).max(1000).optional(),
  NextToken: z.string().optional(),
});
export const getAttributesInput = queueInput.extend({ AttributeNames: texts });
export const setAttributesInput = queueInput.extend({ Attributes: record });
export const tagInput = queueInput.extend({ Tags: record });
export const untagInput = queueInput.extend({ TagKeys: texts });
export const receiveInput = queueInput.extend({
  MaxNumberOfMessages: z.number().int().optional(),
  VisibilityTimeout: z.number().int().optional(),
  WaitTimeSeconds: z.number().int().optional(),
  AttributeNames: texts,
  MessageSystemAttributeNames: texts,
  MessageAttributeNames: texts,
});
export const startMoveInput = z.object({
  SourceArn: z.string(),
  DestinationArn: z.string().optional(),
  MaxNumberOfMessagesPerSecond: z.number().int().min(1).max(500).optional(),
});
export const listMovesInput = z.object({
  SourceArn: z.string(),
  MaxResults: z.number().int().min(1).max(10).optional(),
});
export const cancelMoveInput = z.object({ TaskHandle: z.string() });
