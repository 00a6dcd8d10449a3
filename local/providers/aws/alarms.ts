import { records as listOfRecords, text } from "../framework/access.ts";
import type { Problem, ResourceType } from "../framework/resource-type.ts";
import { between, name, oneOf } from "../framework/rules.ts";
import type { Props } from "../wire/values.ts";
import { recorded, type Records } from "../framework/recorded.ts";
import { arn, type AwsScope } from "./scope.ts";

/** Alarms are kept, not evaluated: what they would watch, the service watches itself. */
export function alarmTypes(records: Records): ResourceType<AwsScope>[] {
  return [
    recorded(records, {
      token: "aws:cloudwatch/metricAlarm:MetricAlarm",
      autoname: { property: "name", maxLength: 255 },
      defaults: { actionsEnabled: true, treatMissingData: "missing" },
      replaceOn: ["name"],
      sets: ["alarmActions", "okActions", "insufficientDataActions", "metricQueries"],
      rules: {
        name: name({ max: 255, form: /^[^\0]+$/, words: "an alarm name" }),
        comparisonOperator: oneOf(
          "GreaterThanOrEqualToThreshold",
          "GreaterThanThreshold",
          "LessThanThreshold",
          "LessThanOrEqualToThreshold",
          "LessThanLowerOrGreaterThanUpperThreshold",
          "LessThanLowerThreshold",
          "GreaterThanUpperThreshold",
        ),
        evaluationPeriods: between(1, 1440),
        statistic: oneOf("SampleCount", "Average", "Sum", "Minimum", "Maximum"),
        treatMissingData: oneOf("breaching", "notBreaching", "ignore", "missing"),
        period: period,
      },
      check: alarmProblems,
      identify: (inputs) => ({ id: text(inputs, "name") }),
      outputs: ({ id }, scope) => ({
        arn: arn(scope, "cloudwatch", `alarm:${id}`),
        evaluateLowSampleCountPercentiles: "",
      }),
    }),
  ];
}

function period(value: unknown): string | undefined {
  const seconds = Number(value);
  if ([10, 20, 30].includes(seconds) || (seconds > 0 && seconds % 60 === 0)) return undefined;
  return `expected 10, 20, 30 or a multiple of 60 seconds, got ${seconds}`;
}

/** One metric with its namespace, statistic and period, or a list of metric queries that returns one. */
function alarmProblems(inputs: Props): Problem[] {
  const queries = listOfRecords(inputs, "metricQueries");
  if (inputs["metricName"] !== undefined) return metricProblems(inputs, queries.length > 0);
  if (queries.length === 0) {
    return [{ property: "metricName", reason: 'one of "metricName", "metricQueries" is needed' }];
  }
  const returned = queries.filter((query) => query["returnData"] === true).length;
  if (returned === 1 || inputs["thresholdMetricId"] !== undefined) return [];
  const reason = `exactly one query must have returnData: true, got ${returned}`;
  return [{ property: "metricQueries", reason }];
}

function metricProblems(inputs: Props, hasQueries: boolean): Problem[] {
  const problems: Problem[] = [];
  if (hasQueries) {
    problems.push({ property: "metricQueries", reason: 'conflicts with "metricName"' });
  }
  for (const property of ["namespace", "period"]) {
    if (inputs[property] !== undefined) continue;
    problems.push({ property, reason: "is needed with metricName" });
  }
  const statistics = ["statistic", "extendedStatistic"].filter((key) => inputs[key] !== undefined);
  if (statistics.length !== 1) {
    const reason = 'exactly one of "statistic", "extendedStatistic" is needed with metricName';
    problems.push({ property: "statistic", reason });
  }
  return problems;
}
