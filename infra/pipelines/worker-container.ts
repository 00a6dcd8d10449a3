import type { CopyJobInput } from "../../runtime/job.ts";

export interface WorkerContainer {
  readonly image: string;
  readonly job: CopyJobInput;
  readonly logGroup: string;
  readonly region: string;
}

/** The longest that Fargate waits between SIGTERM and SIGKILL: a worker finishes or hands back what is in flight. */
const STOP_SECONDS = 120;

/**
 * A task's only container, in ECS's own words. It may write nowhere, is nobody, has no capabilities, and holds no
 * secret: the job names the SSM parameter, the worker reads it.
 */
export function workerContainer(args: WorkerContainer) {
  return {
    name: "worker",
    image: args.image,
    essential: true,
    user: "1000:1000",
    readonlyRootFilesystem: true,
    linuxParameters: { initProcessEnabled: true, capabilities: { drop: ["ALL"] } },
    stopTimeout: STOP_SECONDS,
    environment: [{ name: "CAUSEWAY_JOB", value: JSON.stringify(args.job) }],
    healthCheck: HEALTH_CHECK,
    logConfiguration: {
      logDriver: "awslogs",
      options: {
        "awslogs-group": args.logGroup,
        "awslogs-region": args.region,
        "awslogs-stream-prefix": "worker",
        // A worker must not stand still because its log does.
        mode: "non-blocking",
        "max-buffer-size": "10m",
      },
    },
  };
}

/** Asks the worker's own health endpoint; Node is what the image has for a client. */
const HEALTH_CHECK = {
  command: ["CMD", "node", "/app/health.mjs"],
  interval: 30,
  timeout: 5,
  retries: 3,
  startPeriod: 30,
};
