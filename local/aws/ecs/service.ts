import type { AwsService } from "../contract.ts";
import { jsonService } from "../json-service.ts";
import type { EcsApi } from "./api.ts";
import { clusterOperations, tagOperations } from "./cluster-api.ts";
import { serviceOperations } from "./service-api.ts";
import { definitionOperations, taskOperations } from "./task-api.ts";

/** The local ECS: Fargate services and tasks as real processes of this machine. */
export function ecsService(api: EcsApi): AwsService {
  return jsonService({
    protocol: "json-1.1",
    target: "AmazonEC2ContainerServiceV20141113",
    invalid: "InvalidParameterException",
    operations: {
      ...clusterOperations(api),
      ...tagOperations(api),
      ...definitionOperations(api),
      ...taskOperations(api),
      ...serviceOperations(api),
    },
  });
}
