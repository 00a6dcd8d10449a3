import { z } from "zod";
import type { Table } from "../../table.ts";
import { AwsError } from "../contract.ts";
import { operation, type JsonOperation } from "../json-service.ts";
import { ask, type EcsApi, invalid, pagedInput, pageOf } from "./api.ts";
import { tagsInput } from "./register.ts";
import type { Cluster, Pair, Tag } from "./rows.ts";
import { clusterShape } from "./shapes.ts";

const settingsInput = z.array(z.object({ name: z.string(), value: z.string() })).default([]);
const DEFAULT_SETTINGS: readonly Pair[] = [{ name: "containerInsights", value: "disabled" }];

export function clusterOperations({ store }: EcsApi): Record<string, JsonOperation> {
  const keep = (cluster: Cluster) => {
    store.clusters.set(cluster.arn, cluster);
    return { cluster: clusterShape(store, cluster, true) };
  };
  return {
    CreateCluster: operation(
      z.looseObject({
        clusterName: z.string().default("default"),
        settings: settingsInput,
        capacityProviders: z.array(z.string()).default([]),
        tags: tagsInput,
      }),
      ({ clusterName: name, settings, capacityProviders, tags }, request) => {
        const arn = store.arn("cluster", name);
        ask(request, "ecs:CreateCluster", arn);
        if (!/^[A-Za-z0-9_-]{1,255}$/.test(name)) throw invalid("Invalid cluster name.");
        const known = store.clusters.get(arn);
        if (known !== undefined) return { cluster: clusterShape(store, known, true) };
        const all = settings.length > 0 ? settings : DEFAULT_SETTINGS;
        return keep({ arn, name, settings: all, capacityProviders, tags });
      },
    ),
    UpdateCluster: operation(
      z.looseObject({ cluster: z.string(), settings: settingsInput.optional() }),
      ({ cluster: given, settings }, request) => {
        const cluster = store.cluster(given);
        ask(request, "ecs:UpdateCluster", cluster.arn);
        return keep({ ...cluster, settings: settings ?? cluster.settings });
      },
    ),
    UpdateClusterSettings: operation(
      z.object({ cluster: z.string(), settings: settingsInput }),
      ({ cluster: given, settings }, request) => {
        const cluster = store.cluster(given);
        ask(request, "ecs:UpdateClusterSettings", cluster.arn);
        return keep({ ...cluster, settings });
      },
    ),
    PutClusterCapacityProviders: operation(
      z.looseObject({ cluster: z.string(), capacityProviders: z.array(z.string()) }),
      ({ cluster: given, capacityProviders }, request) => {
        const cluster = store.cluster(given);
        ask(request, "ecs:PutClusterCapacityProviders", cluster.arn);
        return keep({ ...cluster, capacityProviders });
      },
    ),
    DeleteCluster: operation(z.object({ cluster: z.string() }), ({ cluster: given }, request) => {
      const cluster = store.cluster(given);
      ask(request, "ecs:DeleteCluster", cluster.arn);
      const inside = (one: { cluster: string }) => one.cluster === cluster.arn;
      if (store.services.values().some((one) => inside(one) && one.status !== "INACTIVE"))
        throw new AwsError(
          "ClusterContainsServicesException",
          400,
          "The Cluster cannot be deleted while Services are active.",
        );
      if (store.tasks.values().some((one) => inside(one) && one.lastStatus !== "STOPPED"))
        throw new AwsError(
          "ClusterContainsTasksException",
          400,
          "The Cluster cannot be deleted while Tasks are active.",
        );
      store.clusters.delete(cluster.arn);
      for (const one of store.services.values()) if (inside(one)) store.services.delete(one.arn);
      for (const one of store.tasks.values()) if (inside(one)) store.tasks.delete(one.arn);
      return { cluster: { ...clusterShape(store, cluster, true), status: "INACTIVE" } };
    }),
    DescribeClusters: operation(
      z.object({
        clusters: z.array(z.string()).default(["default"]),
        include: z.array(z.string()).default([]),
      }),
      ({ clusters: given, include }, request) => {
        const arns = given.map((one) => (one.startsWith("arn:") ? one : store.arn("cluster", one)));
        for (const arn of arns) ask(request, "ecs:DescribeClusters", arn);
        const found = arns.flatMap((arn) => store.clusters.get(arn) ?? []);
        const missing = arns.filter((arn) => !store.clusters.has(arn));
        return {
          clusters: found.map((one) => clusterShape(store, one, include.includes("TAGS"))),
          failures: missing.map((arn) => ({ arn, reason: "MISSING" })),
        };
      },
    ),
    ListClusters: operation(z.object(pagedInput), (input, request) => {
      ask(request, "ecs:ListClusters", "*");
      const { page, next } = pageOf(store.clusters.values(), input);
      return { clusterArns: page.map(({ arn }) => arn), ...next };
    }),
  };
}

interface Tagged {
  readonly arn: string;
  readonly tags: readonly Tag[];
}

export function tagOperations({ store }: EcsApi): Record<string, JsonOperation> {
  const resource = { resourceArn: z.string() };
  const tables = [store.clusters, store.services, store.definitions, store.tasks];
  const find = (arn: string): Tagged => {
    const found = tables.map((table) => table.get(arn)).find((row) => row !== undefined);
    if (found === undefined) throw invalid(`The specified resource is not found: ${arn}`);
    return found;
  };
  const keep = (arn: string, tags: Tag[]) => {
    changeTags(store.clusters, arn, tags);
    changeTags(store.services, arn, tags);
    changeTags(store.definitions, arn, tags);
    changeTags(store.tasks, arn, tags);
    return {};
  };
  return {
    ListTagsForResource: operation(z.object(resource), ({ resourceArn }, request) => {
      ask(request, "ecs:ListTagsForResource", resourceArn);
      return { tags: find(resourceArn).tags };
    }),
    TagResource: operation(
      z.object({ ...resource, tags: tagsInput }),
      ({ resourceArn, tags }, request) => {
        ask(request, "ecs:TagResource", resourceArn);
        const changed = new Set(tags.map(({ key }) => key));
        const kept = find(resourceArn).tags.filter(({ key }) => !changed.has(key));
        return keep(resourceArn, [...kept, ...tags]);
      },
    ),
    UntagResource: operation(
      z.object({ ...resource, tagKeys: z.array(z.string()) }),
      ({ resourceArn, tagKeys }, request) => {
        ask(request, "ecs:UntagResource", resourceArn);
        const kept = find(resourceArn).tags.filter(({ key }) => !tagKeys.includes(key));
        return keep(resourceArn, kept);
      },
    ),
  };
}

function changeTags<T extends Tagged>(table: Table<T>, arn: string, tags: Tag[]): void {
  const row = table.get(arn);
  if (row !== undefined) table.set(arn, { ...row, tags });
}
