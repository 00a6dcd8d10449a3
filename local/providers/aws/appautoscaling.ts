import type {
  MetricQuery,
  ScalableTarget,
  Scaling,
  ScalingPolicy,
} from "../../aws/scaling/scaling.ts";
import {
  defined,
  flag,
  optionalNumber,
  optionalText,
  record,
  records,
  text,
} from "../framework/access.ts";
import { stable } from "../framework/compare.ts";
import type { Live } from "../framework/resource-type.ts";
import { name, oneOf } from "../framework/rules.ts";
import { ProviderError } from "../wire/errors.ts";
import type { Props, Value } from "../wire/values.ts";
import type { AwsType } from "./aws.ts";
import { tagsOf } from "./scope.ts";

export function scalingTypes(scaling: Scaling): AwsType[] {
  return [target(scaling), policy(scaling)];
}

const place = {
  serviceNamespace: oneOf("ecs"),
  scalableDimension: oneOf("ecs:service:DesiredCount"),
};

function target(scaling: Scaling): AwsType {
  const row = (inputs: Props): ScalableTarget => ({
    serviceNamespace: "ecs",
    scalableDimension: "ecs:service:DesiredCount",
    resourceId: text(inputs, "resourceId"),
    minCapacity: optionalNumber(inputs, "minCapacity") ?? 0,
    maxCapacity: optionalNumber(inputs, "maxCapacity") ?? 0,
    roleArn: optionalText(inputs, "roleArn"),
    tags: tagsOf(inputs),
  });
  return {
    token: "aws:appautoscaling/target:Target",
    supports: [
      "serviceNamespace",
      "scalableDimension",
      "resourceId",
      "minCapacity",
      "maxCapacity",
      "roleArn",
      "tags",
      "region",
    ],
    replaceOn: ["serviceNamespace", "scalableDimension", "resourceId"],
    rules: place,
    create: (inputs) => scaling.putTarget(row(inputs)).resourceId,
    settle: (_id, inputs) => {
      scaling.putTarget(row(inputs));
    },
    read: (id, inputs): Live | undefined => {
      const found = scaling.getTarget(id);
      if (found === undefined) return undefined;
      const role = { roleArn: found.roleArn ?? null };
      return {
        inputs: {
          resourceId: found.resourceId,
          minCapacity: found.minCapacity,
          maxCapacity: found.maxCapacity,
          tags: { ...found.tags },
          ...("roleArn" in inputs ? role : {}),
        },
        outputs: { arn: scaling.targetArn(id) },
      };
    },
    delete: (id) => {
      if (scaling.getTarget(id) !== undefined) scaling.deleteTarget(id);
    },
  };
}

const configurationName = "targetTrackingScalingPolicyConfiguration";

function policy(scaling: Scaling): AwsType {
  return {
    token: "aws:appautoscaling/policy:Policy",
    autoname: { property: "name", maxLength: 255 },
    supports: [
      "name",
      "policyType",
      "serviceNamespace",
      "scalableDimension",
      "resourceId",
      configurationName,
      "region",
    ],
    replaceOn: ["name", "serviceNamespace", "scalableDimension", "resourceId"],
    sets: [
      `${configurationName}.customizedMetricSpecification.dimensions`,
      `${configurationName}.customizedMetricSpecification.metrics`,
    ],
    rules: {
      ...place,
      name: name({ max: 255, form: /^[ -~]+$/, words: "printable characters" }),
      policyType: oneOf("TargetTrackingScaling"),
    },
    check: (inputs) =>
      inputs["policyType"] === "TargetTrackingScaling" && inputs[configurationName] !== undefined
        ? []
        : [
            {
              property: "policyType",
              reason: `the embedded AWS has policyType "TargetTrackingScaling" only, with ${configurationName}`,
            },
          ],
    create: (inputs) => scaling.putPolicy(policyRow(inputs)).policyName,
    settle: (_id, inputs) => {
      scaling.putPolicy(policyRow(inputs));
    },
    read: (id, inputs): Live | undefined => {
      const found = scaling.getPolicy(text(inputs, "resourceId"), id);
      if (found === undefined) return undefined;
      const same = stable(found) === stable(policyRow(inputs));
      return {
        inputs: same ? {} : { [configurationName]: configurationOf(found) },
        outputs: { arn: scaling.policyArn(found), alarmArns: [] },
      };
    },
    delete: (id, inputs) => {
      const resourceId = text(inputs, "resourceId");
      if (scaling.getPolicy(resourceId, id) !== undefined) scaling.deletePolicy(resourceId, id);
    },
  };
}

function policyRow(inputs: Props): ScalingPolicy {
  const configuration = record(inputs, configurationName) ?? {};
  return {
    policyName: text(inputs, "name"),
    policyType: "TargetTrackingScaling",
    serviceNamespace: "ecs",
    scalableDimension: "ecs:service:DesiredCount",
    resourceId: text(inputs, "resourceId"),
    targetTracking: {
      targetValue: optionalNumber(configuration, "targetValue") ?? 0,
      scaleInCooldown: optionalNumber(configuration, "scaleInCooldown"),
      scaleOutCooldown: optionalNumber(configuration, "scaleOutCooldown"),
      disableScaleIn: flag(configuration, "disableScaleIn"),
      metrics: metricsOf(record(configuration, "customizedMetricSpecification")),
    },
  };
}

function metricsOf(specification: Props | undefined): MetricQuery[] {
  if (specification === undefined) {
    throw new ProviderError(
      "Target tracking on a predefined metric is not in the embedded clouds yet: use customizedMetricSpecification.",
    );
  }
  const queries = records(specification, "metrics");
  if (queries.length > 0) return queries.map(queryOf);
  const stat = text(specification, "statistic");
  return [{ id: "m1", metricStat: { metric: metricOf(specification), stat }, returnData: true }];
}

function queryOf(query: Props): MetricQuery {
  const metricStat = record(query, "metricStat");
  return {
    id: text(query, "id"),
    label: optionalText(query, "label"),
    expression: optionalText(query, "expression"),
    returnData: flag(query, "returnData", true),
    ...(metricStat === undefined
      ? {}
      : {
          metricStat: {
            metric: metricOf(record(metricStat, "metric") ?? {}),
            stat: text(metricStat, "stat"),
          },
        }),
  };
}

function metricOf(metric: Props) {
  return {
    namespace: text(metric, "namespace"),
    metricName: text(metric, "metricName"),
    dimensions: records(metric, "dimensions").map((one) => ({
      name: text(one, "name"),
      value: text(one, "value"),
    })),
  };
}

function configurationOf(found: ScalingPolicy): Value {
  const { metrics, ...rest } = found.targetTracking;
  // JSON text and back: the rows hold only JSON, whose absent fields are absent.
  const plain = JSON.parse(JSON.stringify(metrics)) as Value;
  return defined({ ...rest, customizedMetricSpecification: { metrics: plain } });
}
