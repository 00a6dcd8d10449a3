import type { EcsStore } from "../ecs/store.ts";
import type { Queues } from "../sqs/queues.ts";
import type { Value } from "./expression.ts";
import type { Metric } from "./scaling.ts";

/** The metrics that the local clouds can measure, as CloudWatch names them. */
export function measureWith(queues: Queues, ecs: EcsStore): (metric: Metric) => Value {
  return (metric) => {
    const dimension = (name: string) =>
      metric.dimensions.find((one) => one.name === name)?.value ?? "";
    switch (metric.namespace) {
      case "AWS/SQS":
        return queueMetric(queues, dimension("QueueName"), metric.metricName);
      case "ECS/ContainerInsights":
        return serviceMetric(
          ecs,
          dimension("ClusterName"),
          dimension("ServiceName"),
          metric.metricName,
        );
      default:
        return undefined;
    }
  };
}

function queueMetric(queues: Queues, name: string, metric: string): Value {
  const depth = queues.depth(name);
  switch (metric) {
    case "ApproximateNumberOfMessagesVisible":
      return depth?.visible;
    case "ApproximateNumberOfMessagesNotVisible":
      return depth?.inFlight;
    case "ApproximateNumberOfMessagesDelayed":
      return depth?.delayed;
    case "ApproximateAgeOfOldestMessage":
      return depth?.oldestSeconds;
    default:
      return undefined;
  }
}

function serviceMetric(ecs: EcsStore, cluster: string, name: string, metric: string): Value {
  const service = ecs.services.get(ecs.arn("service", `${cluster}/${name}`));
  if (service === undefined) return undefined;
  const tasks = ecs.tasksOf(service);
  switch (metric) {
    case "RunningTaskCount":
      return tasks.filter(({ lastStatus }) => lastStatus === "RUNNING").length;
    case "PendingTaskCount":
      return tasks.filter(({ lastStatus }) => ["PENDING", "PROVISIONING"].includes(lastStatus))
        .length;
    case "DesiredTaskCount":
      return service.desiredCount;
    default:
      return undefined;
  }
}
