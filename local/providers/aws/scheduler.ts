import type { Schedule, Scheduler } from "../../aws/scheduler/scheduler.ts";
import { optionalText, record, text } from "../framework/access.ts";
import type { Live, Problem } from "../framework/resource-type.ts";
import { name, oneOf } from "../framework/rules.ts";
import type { Props } from "../wire/values.ts";
import type { AwsType } from "./aws.ts";

const DEFAULT_GROUP = "default";

export function schedulerTypes(scheduler: Scheduler): AwsType[] {
  return [
    {
      token: "aws:scheduler/schedule:Schedule",
      autoname: { property: "name", maxLength: 64 },
      supports: [
        "name",
        "description",
        "groupName",
        "flexibleTimeWindow",
        "scheduleExpression",
        "scheduleExpressionTimezone",
        "state",
        "target",
        "region",
      ],
      replaceOn: ["name", "groupName"],
      rules: {
        name: name({ max: 64, form: /^[0-9A-Za-z._-]+$/, words: "letters, digits and . - _" }),
        groupName: oneOf(DEFAULT_GROUP),
        scheduleExpressionTimezone: oneOf("UTC"),
        state: oneOf("ENABLED", "DISABLED"),
      },
      check: problems,
      create: (inputs) => {
        const made = scheduler.put(row(inputs));
        return `${made.group}/${made.name}`;
      },
      settle: (_id, inputs) => {
        scheduler.put(row(inputs));
      },
      read: (id, inputs): Live | undefined => {
        const found = scheduler.schedules.get(nameIn(id));
        return found === undefined ? undefined : live(found, inputs, scheduler);
      },
      delete: (id) => scheduler.delete(nameIn(id)),
    },
  ];
}

function nameIn(id: string): string {
  return id.slice(id.indexOf("/") + 1);
}

function row(inputs: Props): Omit<Schedule, "madeAt"> {
  const target = record(inputs, "target") ?? {};
  return {
    name: text(inputs, "name"),
    group: optionalText(inputs, "groupName") ?? DEFAULT_GROUP,
    expression: text(inputs, "scheduleExpression"),
    state: optionalText(inputs, "state") === "DISABLED" ? "DISABLED" : "ENABLED",
    description: optionalText(inputs, "description"),
    targetArn: text(target, "arn"),
    roleArn: text(target, "roleArn"),
    input: optionalText(target, "input") ?? "",
  };
}

function live(found: Schedule, inputs: Props, scheduler: Scheduler): Live {
  const given = {
    state: found.state,
    groupName: found.group,
    scheduleExpressionTimezone: "UTC",
    description: found.description ?? null,
  };
  return {
    inputs: {
      ...Object.fromEntries(Object.entries(given).filter(([property]) => property in inputs)),
      name: found.name,
      scheduleExpression: found.expression,
      target: {
        ...record(inputs, "target"),
        arn: found.targetArn,
        roleArn: found.roleArn,
        ...(found.input === "" ? {} : { input: found.input }),
      },
    },
    outputs: {
      arn: scheduler.arn(found.name, found.group),
      groupName: found.group,
      state: found.state,
      actionAfterCompletion: "NONE",
    },
  };
}

/** What the embedded AWS does not do, said rather than ignored. */
function problems(inputs: Props): Problem[] {
  const mode = optionalText(record(inputs, "flexibleTimeWindow") ?? {}, "mode");
  const target = record(inputs, "target") ?? {};
  const other = Object.keys(target).find((key) => !["arn", "roleArn", "input"].includes(key));
  return [
    ...(mode === undefined || mode === "OFF"
      ? []
      : [{ property: "flexibleTimeWindow", reason: 'the embedded AWS has mode "OFF" only' }]),
    ...(other === undefined
      ? []
      : [{ property: "target", reason: `the embedded AWS has no target.${other}` }]),
  ];
}
