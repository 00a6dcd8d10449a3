import { StringDecoder } from "node:string_decoder";
import type { LogStore } from "../logs/store.ts";
import { cannotInitialize } from "./failure.ts";
import type { TaskRole } from "./roles.ts";
import type { ContainerDefinition } from "./rows.ts";

/** Takes a container's output; `end` writes a last line that has no line end. */
export interface LogDriver {
  write(bytes: Buffer): void;
  end(): void;
}

/** The longest line, characters; longer ones are cut as Docker's driver cuts them. */
const LONGEST = 256 * 1024 - 26;
const FAILED = "failed to validate logger args";

/** Opens a container's log stream with the execution role's permissions. @throws StartFailure */
export function openLog(
  logs: LogStore,
  container: ContainerDefinition,
  taskId: string,
  role: TaskRole | undefined,
): LogDriver {
  const options = container.logConfiguration?.options;
  if (options === undefined) return { write: () => undefined, end: () => undefined };
  const group = options["awslogs-group"] ?? "";
  const stream = `${options["awslogs-stream-prefix"] ?? "ecs"}/${container.name}/${taskId}`;
  const arn = `${logs.arn(group)}:log-stream:${stream}`;
  if (options["awslogs-create-group"] === "true" && !logs.groups.has(group)) {
    need(role, "logs:CreateLogGroup", `${logs.arn(group)}:log-stream:`);
    logs.create({ name: group, created: logs.now(), tags: {} });
  }
  need(role, "logs:CreateLogStream", arn);
  if (!logs.groups.has(group))
    throw cannotInitialize(
      FAILED,
      `create stream has been retried 1 times: failed to create Cloudwatch log stream: ResourceNotFoundException: The specified log group does not exist. : exit status 1`,
    );
  if (!logs.streams(group).has(stream)) logs.createStream(group, stream);
  return lines((text) => {
    // Like the real driver, output that may not be written is lost without a word to the container.
    if (role?.may("logs:PutLogEvents", arn).allowed !== true) return;
    if (!logs.groups.get(group) || !logs.streams(group).has(stream)) return;
    const timestamp = logs.now();
    logs.append(
      group,
      stream,
      text.map((message) => ({ timestamp, message })),
    );
  });
}

function need(role: TaskRole | undefined, action: string, resource: string): void {
  const decision = role?.may(action, resource);
  if (decision?.allowed === true) return;
  throw cannotInitialize(
    FAILED,
    `create stream has been retried 1 times: failed to create Cloudwatch log stream: AccessDeniedException: ${decision?.message ?? "the task has no execution role"} : exit status 1`,
  );
}

/** Cuts bytes into lines; a chunk's lines are handed on together. */
function lines(put: (lines: string[]) => void): LogDriver {
  const decoder = new StringDecoder("utf8");
  let held = "";
  const flush = (text: string[]) => {
    const some = text.filter((line) => line !== "").flatMap(cut);
    if (some.length > 0) put(some);
  };
  return {
    write: (bytes) => {
      const all = (held + decoder.write(bytes)).split(/\r?\n/);
      held = all.pop() ?? "";
      if (held.length > LONGEST) {
        all.push(held);
        held = "";
      }
      flush(all);
    },
    end: () => {
      flush([held + decoder.end()]);
      held = "";
    },
  };
}

function cut(line: string): string[] {
  if (line.length <= LONGEST) return [line];
  return [line.slice(0, LONGEST), ...cut(line.slice(LONGEST))];
}
