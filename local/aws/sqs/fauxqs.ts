/**
 * The parts of fauxqs that the local SQS and SNS stand on, taken from its files: its package entry would open a
 * port on every network interface, know one account only (000000000000), and lose messages in its persistence
 * (see journal.ts). Its queues, its fan-out and its validation of messages are what we want.
 */
export { SqsQueue, SqsStore } from "../../../node_modules/fauxqs/dist/sqs/sqsStore.js";
export {
  SETTABLE_ATTRIBUTES,
  validateQueueAttributes,
} from "../../../node_modules/fauxqs/dist/sqs/sqsTypes.js";
export type {
  InflightEntry,
  ReceivedMessage,
  SqsMessage,
} from "../../../node_modules/fauxqs/dist/sqs/sqsTypes.js";
export { SnsError, SqsError } from "../../../node_modules/fauxqs/dist/common/errors.js";
export type { PersistenceManager } from "../../../node_modules/fauxqs/dist/persistence.js";
export { changeMessageVisibility } from "../../../node_modules/fauxqs/dist/sqs/actions/changeMessageVisibility.js";
export { changeMessageVisibilityBatch } from "../../../node_modules/fauxqs/dist/sqs/actions/changeMessageVisibilityBatch.js";
export { deleteMessage } from "../../../node_modules/fauxqs/dist/sqs/actions/deleteMessage.js";
export { deleteMessageBatch } from "../../../node_modules/fauxqs/dist/sqs/actions/deleteMessageBatch.js";
export { sendMessage } from "../../../node_modules/fauxqs/dist/sqs/actions/sendMessage.js";
export { sendMessageBatch } from "../../../node_modules/fauxqs/dist/sqs/actions/sendMessageBatch.js";
export { fanOutToSubscriptions } from "../../../node_modules/fauxqs/dist/sns/actions/publish.js";
export { validateFilterPolicyLimits } from "../../../node_modules/fauxqs/dist/sns/filter.js";
export type { SnsStore } from "../../../node_modules/fauxqs/dist/sns/snsStore.js";
