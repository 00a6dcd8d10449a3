/** What a pipeline may be, in a word. */
export const pipelineStatuses = [
  "creating",
  "updating",
  "deleting",
  "ready",
  "failed",
  "cancelled",
  "removed",
] as const;
export type PipelineStatus = (typeof pipelineStatuses)[number];
