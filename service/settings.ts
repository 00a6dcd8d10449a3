import { availableParallelism, totalmem } from "node:os";
import { isIP } from "node:net";
import { resolve } from "node:path";
import { z } from "zod";
import { issuerOf, issuerVariables, refuseOpenDoor, type IssuerSettings } from "./auth/settings.ts";
import { readStateSettings, type StateSettings } from "./automation/backend/settings.ts";
import { SetupError } from "./errors.ts";
import type { RateSettings } from "./http/rate-limits.ts";
import { signInSettingsOf, signInVariables, type SignInSettings } from "./sign-in/settings.ts";
import type { Limits } from "./previews/judge.ts";

/** How the service was set up. Times in milliseconds. */
export interface Settings extends StateSettings {
  host: string;
  port: number;
  /** A bearer token that makes whoever has it an operator, beside what the issuer says. */
  token: string | undefined;
  /** Addresses or subnets of proxies in front, whose X-Forwarded-For is believed. */
  trustedProxies: string[];
  /** Who says who people are; undefined only on loopback. */
  issuer: IssuerSettings | undefined;
  /** How browsers sign in there. */
  signIn: SignInSettings;
  home: string;
  databaseUrl: string | undefined;
  environment: string;
  /** The stack that pipelines refer to: `foundation-local`. */
  foundation: string;
  /** Engine root; undefined: `pulumi` on the PATH. */
  engine: string | undefined;
  /** Another inline program than the product's; for tests. */
  program: string | undefined;
  /** Operations at once, each on a stack of its own. */
  operationsAtOnce: number;
  /** Children that are started before there is an operation for them. */
  warmChildren: number;
  deadlineMs: number;
  graceMs: number;
  /** How long stopping waits for operations under way before it interrupts them. */
  drainMs: number;
  leaseMs: number;
  /** Between two looks at a pipeline at work, and at rest. */
  lookMs: number;
  restMs: number;
  /** How long nothing may have moved before a run closes. */
  quietMs: number;
  /** This process, as leases name it. */
  instance: string;
  logLevel: string;
  /** Where metrics are told to whoever asks; undefined: only at /metrics, to operators. */
  metrics: { host: string; port: number } | undefined;
  /** Streams of events that one caller may have open at once. */
  streamsAtOnce: number;
  rates: RateSettings;
  /** How long a preview may be applied. */
  previewMs: number;
  /** What pipelines may be, where a tenant's own limits do not say. */
  policy: Limits;
  /** Between two looks for drift at a pipeline; undefined: nobody looks unasked. */
  driftMs: number | undefined;
}

const seconds = (standard: number) =>
  z.coerce
    .number()
    .positive()
    .max(86_400)
    .default(standard)
    .transform((value) => value * 1000);

const text = z.string().min(1).optional();

/** `eu-west-1, eu-central-1` */
const names = z
  .string()
  .transform((list) => list.split(",").flatMap((name) => name.trim() || []))
  .optional();

const Environment = z.object({
  CAUSEWAY_HOST: z.string().min(1).default("127.0.0.1"),
  PORT: z.coerce.number().int().min(0).max(65_535).default(8080),
  CAUSEWAY_TOKEN: z.string().min(16).optional(),
  ...issuerVariables,
  ...signInVariables,
  CAUSEWAY_TRUSTED_PROXIES: z
    .string()
    .default("")
    .transform((list) => list.split(/[\s,]+/).filter((one) => one !== ""))
    .refine(
      (list) => list.every((one) => isIP(one.replace(/\/\d{1,3}$/, "")) !== 0),
      "expected addresses or subnets, such as 10.0.0.0/8",
    ),
  CAUSEWAY_HOME: z.string().min(1).default(".causeway"),
  DATABASE_URL: text,
  CAUSEWAY_ENVIRONMENT: z.string().min(1).default("local"),
  CAUSEWAY_FOUNDATION: text,
  CAUSEWAY_ENGINE: text,
  CAUSEWAY_PROGRAM: text,
  CAUSEWAY_OPERATIONS: z.coerce.number().int().min(1).max(64).optional(),
  CAUSEWAY_WARM_CHILDREN: z.coerce.number().int().min(0).max(64).optional(),
  CAUSEWAY_OPERATION_DEADLINE_SECONDS: seconds(1800),
  CAUSEWAY_OPERATION_GRACE_SECONDS: seconds(60),
  CAUSEWAY_DRAIN_SECONDS: seconds(10),
  CAUSEWAY_LEASE_SECONDS: seconds(30),
  CAUSEWAY_LOOK_SECONDS: seconds(1),
  CAUSEWAY_REST_SECONDS: seconds(15),
  CAUSEWAY_QUIET_SECONDS: seconds(5),
  CAUSEWAY_METRICS_HOST: z.string().min(1).default("127.0.0.1"),
  CAUSEWAY_METRICS_PORT: z.coerce.number().int().min(0).max(65_535).optional(),
  CAUSEWAY_PREVIEW_DAYS: z.coerce.number().positive().max(365).default(7),
  CAUSEWAY_ALLOWED_REGIONS: names,
  CAUSEWAY_ADVISORY_RULES: names,
  CAUSEWAY_MONTHLY_USD: z.coerce.number().positive().optional(),
  CAUSEWAY_DRIFT_HOURS: z.coerce.number().min(0).max(8_760).default(6),
  CAUSEWAY_REQUESTS_PER_MINUTE: z.coerce.number().int().min(0).max(1_000_000).default(3_000),
  CAUSEWAY_CHANGES_PER_MINUTE: z.coerce.number().int().min(0).max(1_000_000).default(300),
  CAUSEWAY_FAILED_SIGN_INS_PER_MINUTE: z.coerce.number().int().min(0).max(1_000_000).default(120),
  CAUSEWAY_STREAMS: z.coerce.number().int().min(1).max(10_000).default(32),
  LOG_LEVEL: z.enum(["fatal", "error", "warn", "info", "debug", "trace", "silent"]).default("info"),
});

/**
 * Reads the settings from environment variables; an empty one counts as absent.
 * @throws SetupError that names the variable.
 */
export function readSettings(env: NodeJS.ProcessEnv, instance: string): Settings {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ""));
  const parsed = Environment.safeParse(given);
  if (!parsed.success) throw wrongVariable(parsed.error);
  const values = parsed.data;
  const host = values.CAUSEWAY_HOST;
  const issuer = issuerOf(values);
  refuseOpenDoor(host, issuer);
  return {
    host,
    port: values.PORT,
    token: values.CAUSEWAY_TOKEN,
    issuer,
    signIn: signInSettingsOf(values, values.CAUSEWAY_CLIENT_ID),
    trustedProxies: values.CAUSEWAY_TRUSTED_PROXIES,
    home: resolve(values.CAUSEWAY_HOME),
    databaseUrl: values.DATABASE_URL,
    environment: values.CAUSEWAY_ENVIRONMENT,
    foundation: values.CAUSEWAY_FOUNDATION ?? `foundation-${values.CAUSEWAY_ENVIRONMENT}`,
    engine: values.CAUSEWAY_ENGINE,
    program: values.CAUSEWAY_PROGRAM === undefined ? undefined : resolve(values.CAUSEWAY_PROGRAM),
    operationsAtOnce:
      values.CAUSEWAY_OPERATIONS ?? operationsFor(availableParallelism(), totalmem()),
    warmChildren: values.CAUSEWAY_WARM_CHILDREN ?? warmFor(availableParallelism(), totalmem()),
    deadlineMs: values.CAUSEWAY_OPERATION_DEADLINE_SECONDS,
    graceMs: values.CAUSEWAY_OPERATION_GRACE_SECONDS,
    drainMs: values.CAUSEWAY_DRAIN_SECONDS,
    leaseMs: values.CAUSEWAY_LEASE_SECONDS,
    lookMs: values.CAUSEWAY_LOOK_SECONDS,
    restMs: values.CAUSEWAY_REST_SECONDS,
    quietMs: values.CAUSEWAY_QUIET_SECONDS,
    ...readStateSettings(given),
    instance,
    logLevel: values.LOG_LEVEL,
    streamsAtOnce: values.CAUSEWAY_STREAMS,
    rates: {
      perCaller: values.CAUSEWAY_REQUESTS_PER_MINUTE,
      failedSignIns: values.CAUSEWAY_FAILED_SIGN_INS_PER_MINUTE,
      changesPerTenant: values.CAUSEWAY_CHANGES_PER_MINUTE,
    },
    previewMs: values.CAUSEWAY_PREVIEW_DAYS * 86_400_000,
    policy: {
      regions: values.CAUSEWAY_ALLOWED_REGIONS,
      monthlyUsd: values.CAUSEWAY_MONTHLY_USD,
      advisory: values.CAUSEWAY_ADVISORY_RULES,
    },
    driftMs:
      values.CAUSEWAY_DRIFT_HOURS === 0 ? undefined : values.CAUSEWAY_DRIFT_HOURS * 3_600_000,
    metrics:
      values.CAUSEWAY_METRICS_PORT === undefined
        ? undefined
        : { host: values.CAUSEWAY_METRICS_HOST, port: values.CAUSEWAY_METRICS_PORT },
  };
}

const memoryPerOperation = 768 * 1024 ** 2;

/** Operations at once: as many as cores, but no more than half the memory can hold. */
export function operationsFor(cores: number, memory: number): number {
  return Math.max(1, Math.min(cores, Math.floor(memory / 2 / memoryPerOperation), 16));
}

const memoryPerWarmChild = 256 * 1024 ** 2;

/** Children that wait for work: one for every two cores, at least one, in no more than a sixteenth of the memory. */
export function warmFor(cores: number, memory: number): number {
  const fit = Math.floor(memory / 16 / memoryPerWarmChild);
  return Math.min(Math.max(1, Math.ceil(cores / 2)), fit, 8);
}

function wrongVariable(error: z.ZodError): SetupError {
  const [issue] = error.issues;
  const name = String(issue?.path[0] ?? "environment");
  const remedy =
    name === "CAUSEWAY_TOKEN"
      ? "Give at least 16 characters, such as the output of: openssl rand -hex 32."
      : "See the table of settings in the README.";
  return new SetupError({
    code: "setting-invalid",
    subject: name,
    // Not the value: it may be a secret.
    message: `${name} is not usable: ${issue?.message ?? error.message}.`,
    remedy,
  });
}
