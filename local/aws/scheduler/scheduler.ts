import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { Table } from "../../table.ts";
import { AwsError, type Principal } from "../contract.ts";
import type { Identity } from "../identity/identity.ts";
import type { Queues } from "../sqs/queues.ts";
import { nextTime, ScheduleError } from "./expression.ts";

export interface Schedule {
  readonly name: string;
  readonly group: string;
  readonly expression: string;
  readonly state: "ENABLED" | "DISABLED";
  readonly description?: string | undefined;
  /** A queue's ARN. */
  readonly targetArn: string;
  readonly roleArn: string;
  readonly input: string;
  /** ISO 8601. */
  readonly madeAt: string;
}

export interface SchedulerOptions {
  readonly home?: string;
  readonly accountId: string;
  readonly region: string;
  readonly clock: () => Date;
  readonly identity: Identity;
  readonly queues: Queues;
  readonly onLog?: ((line: string) => void) | undefined;
}

const SERVICE: Principal = { kind: "service", arn: "scheduler.amazonaws.com", accountId: "" };
const EVERY_MS = 1000;

/** EventBridge Scheduler, called in process: sends a schedule's input to its queue, as the schedule's role. */
export class Scheduler {
  readonly schedules: Table<Schedule>;
  readonly #options: SchedulerOptions;
  #looked: Date;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: SchedulerOptions) {
    this.#options = options;
    this.schedules = new Table(options.home && join(options.home, "schedules.json"));
    this.#looked = options.clock();
  }

  start(everyMs = EVERY_MS): void {
    this.#timer = setInterval(() => this.evaluate(), everyMs);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  arn(name: string, group = "default"): string {
    const { region, accountId } = this.#options;
    return `arn:aws:scheduler:${region}:${accountId}:schedule/${group}/${name}`;
  }

  /** Makes a schedule or changes it. @throws AwsError ValidationException */
  put(wanted: Omit<Schedule, "madeAt">): Schedule {
    const now = this.#options.clock();
    try {
      nextTime(wanted.expression, now, now);
    } catch (error) {
      if (error instanceof ScheduleError)
        throw invalid(`Invalid Schedule Expression ${wanted.expression}. ${error.message}`);
      throw error;
    }
    if (!/^arn:aws:sqs:/.test(wanted.targetArn))
      throw invalid("The embedded AWS schedules messages to SQS queues only.");
    this.#checkRole(wanted);
    const before = this.schedules.get(wanted.name);
    const schedule = { ...wanted, madeAt: before?.madeAt ?? now.toISOString() };
    this.schedules.set(wanted.name, schedule);
    return schedule;
  }

  delete(name: string): void {
    this.schedules.delete(name);
  }

  /** Strikes every schedule whose time has come since the last look; a time that passed while nothing ran is past. */
  evaluate(now = this.#options.clock()): void {
    const before = this.#looked;
    // A clock that is set back strikes nothing twice.
    if (now <= before) return;
    this.#looked = now;
    for (const schedule of this.schedules.values()) {
      const next = nextTime(schedule.expression, before, new Date(schedule.madeAt));
      if (schedule.state === "ENABLED" && next !== undefined && next <= now)
        this.#strike(schedule, next);
    }
  }

  #strike(schedule: Schedule, time: Date): void {
    const { queues, onLog } = this.#options;
    const queue = queues.store.getQueueByArn(schedule.targetArn);
    const why = queue === undefined ? "there is no such queue" : this.#whyNot(schedule);
    if (queue === undefined || why !== undefined) {
      onLog?.(`Scheduler: ${schedule.name} cannot send to ${schedule.targetArn}: ${why ?? ""}`);
      return;
    }
    queues.enqueue(queue, this.#filled(schedule, time));
  }

  /** The input, Scheduler's own attributes put in. Source: User Guide, "Adding context attributes". */
  #filled(schedule: Schedule, time: Date): string {
    const attributes: Readonly<Record<string, string>> = {
      "schedule-arn": this.arn(schedule.name, schedule.group),
      "scheduled-time": time.toISOString().replace(/\.\d+Z$/, "Z"),
      "execution-id": randomUUID(),
      "attempt-number": "1",
    };
    return schedule.input.replace(
      /<aws\.scheduler\.([a-z-]+)>/g,
      (whole, attribute: string) => attributes[attribute] ?? whole,
    );
  }

  #whyNot(schedule: Schedule): string | undefined {
    const { identity, queues } = this.#options;
    const role = identity.roleByArn(schedule.roleArn);
    if (role === undefined || !this.#trusted(schedule)) return "its role cannot be assumed.";
    const queue = queues.store.getQueueByArn(schedule.targetArn);
    const resourcePolicy = queue && queues.policyOf(queue);
    const decision = identity.decide({
      principal: identity.sessionPrincipal(role, "scheduler"),
      action: "sqs:SendMessage",
      resource: schedule.targetArn,
      resourceAccount: identity.accountId,
      context: { "aws:SecureTransport": "true" },
      ...(resourcePolicy && { resourcePolicy }),
    });
    return decision.allowed ? undefined : decision.message;
  }

  #checkRole(wanted: Omit<Schedule, "madeAt">): void {
    if (!this.#trusted(wanted))
      throw invalid(
        "The execution role you provide must allow AWS EventBridge Scheduler to assume the role.",
      );
  }

  #trusted({ roleArn, name, group }: Pick<Schedule, "roleArn" | "name" | "group">): boolean {
    const { identity, accountId } = this.#options;
    const role = identity.roleByArn(roleArn);
    if (role === undefined) return false;
    const source = this.arn(name, group).replace(/:schedule\/.*/, `:schedule-group/${group}`);
    const context = { "aws:SourceAccount": accountId, "aws:SourceArn": source };
    return identity.mayAssume(role, SERVICE, context).allowed;
  }
}

function invalid(message: string): AwsError {
  return new AwsError("ValidationException", 400, message);
}
