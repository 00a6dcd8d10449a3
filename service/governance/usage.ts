import { sql } from "kysely";
import type { Queries } from "../db/database.ts";

/** What a tenant uses now. */
export interface Usage {
  pipelines: number;
  operationsRunning: number;
  /** Copied since 00:00 UTC. */
  bytesToday: number;
}

export async function usageOf(db: Queries, tenant: string, now = new Date()): Promise<Usage> {
  const [pipelines, running, bytesToday] = await Promise.all([
    countPipelines(db, tenant),
    countRunning(db, tenant),
    bytesOf(db, tenant, now),
  ]);
  return { pipelines, operationsRunning: running, bytesToday };
}

/** A pipeline counts until it is deleted whole; what only a preview knows of does not. */
export async function countPipelines(db: Queries, tenant: string): Promise<number> {
  const { count } = await db
    .selectFrom("pipelines")
    .select((eb) => eb.fn.countAll<string | number>().as("count"))
    .where("tenant", "=", tenant)
    .where("state", "in", ["active", "deleting"])
    .executeTakeFirstOrThrow();
  return Number(count);
}

async function countRunning(db: Queries, tenant: string): Promise<number> {
  const { count } = await db
    .selectFrom("operations")
    .select((eb) => eb.fn.countAll<string | number>().as("count"))
    .where("tenant", "=", tenant)
    .where("state", "=", "running")
    .executeTakeFirstOrThrow();
  return Number(count);
}

/** By the runs' books: a run counts on the day it opened, and today for as long as it is open. */
export async function bytesOf(db: Queries, tenant: string, now = new Date()): Promise<number> {
  const { bytes } = await db
    .selectFrom("runs")
    .select(
      sql<string | number>`coalesce(sum((totals->'copied'->>'bytes')::numeric), 0)`.as("bytes"),
    )
    .where("tenant", "=", tenant)
    .where((eb) => eb.or([eb("opened_at", ">=", dayOf(now)), eb("state", "=", "open")]))
    .executeTakeFirstOrThrow();
  return Number(bytes);
}

/** 00:00 UTC. */
export function dayOf(now: Date): Date {
  return new Date(Math.floor(now.getTime() / dayMs) * dayMs);
}

export const dayMs = 86_400_000;
