import type { CopyJobInput } from "../../runtime/job.ts";

export interface WorkerContainer {
  readonly image: string;
  readonly job: CopyJobInput;
  readonly logGroup: string;
  readonly region: string;
}

/** The longest that Fargate waits between SIGTERM and SIGKILL. */
const STOP_SECONDS = 120;
/** The part of it in which a worker finishes what is in flight; what is left then is handed back. */
const GRACE_SECONDS = 110;

/** The task's volume for the only folder that is written to: the health file lies there. */
export const TEMPORARY_VOLUME = "tmp";

/**
 * A task's only container, in ECS's own words. Its file system is read-only but for `/tmp`, it is nobody, has no
 * capabilities, and holds no secret: the job names the SSM parameter, the worker reads it.
 */
export function workerContainer(args: WorkerContainer) {
  return {
    name: "worker",
    image: args.image,
    essential: true,
    user: "1000:1000",
    readonlyRootFilesystem: true,
    linuxParameters: { initProcessEnabled: true, capabilities: { drop: ["ALL"] } },
    mountPoints: [{ sourceVolume: TEMPORARY_VOLUME, containerPath: "/tmp", readOnly: false }],
    stopTimeout: STOP_SECONDS,
    environment: [
      { name: "CAUSEWAY_GRACE_SECONDS", value: String(GRACE_SECONDS) },
      { name: "CAUSEWAY_JOB", value: JSON.stringify(args.job) },
    ],
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

/** The worker looks at itself (runtime/health/beat.ts): well means that it has gone round within half a minute. */
const HEALTH_CHECK = {
  command: ["CMD", "node", "/app/worker.mjs", "--health"],
  interval: 30,
  timeout: 5,
  retries: 3,
  startPeriod: 30,
};
