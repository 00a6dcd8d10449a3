import type { CopySpec } from "./copy.ts";
import { wrong } from "./explain.ts";
import { secretsIn, type Breach } from "./secrets-in.ts";
import type { Target } from "./target.ts";
import { bytes, milliseconds } from "./units.ts";

/** Rules that span fields of a copy spec. Each message says what was expected, what was got and how to mend it. */
export function copyRules(spec: CopySpec): Breach[] {
  return [
    ...secretsIn(spec),
    ...discoverRules(spec),
    ...targetRules(spec),
    ...spec.targets.flatMap((target, index) => accessRules(target, index)),
    ...networkRules(spec),
    ...moverRules(spec),
    ...filterRules(spec),
    ...sizeRules(spec),
  ];
}

function discoverRules({ source, discover }: CopySpec): Breach[] {
  const breaches: Breach[] = [];
  if (source.type === "s3-compatible" && discover.events) {
    breaches.push(
      breach(
        ["discover", "events"],
        "false for an s3-compatible source, which reports no events",
        true,
        "Set it to false and give discover.scan.",
      ),
    );
  }
  if (!discover.events && discover.scan === undefined) {
    breaches.push({
      path: ["discover"],
      message:
        "Expected discover.events or discover.scan to say how objects are found, got neither. " +
        'Set events to true or give a scan, such as {"schedule": "rate(1 hour)"}.',
    });
  }
  if (source.type === "s3-compatible" && discover.scan?.using === "inventory") {
    breaches.push(
      breach(
        ["discover", "scan", "using"],
        '"listing" for an s3-compatible source, which has no S3 Inventory',
        "inventory",
      ),
    );
  }
  if (source.type === "s3" && source.bucket === undefined && source.region !== undefined) {
    breaches.push(
      breach(
        ["source", "region"],
        "no region without a bucket: the pipeline makes its bucket in its own region",
        source.region,
        "Remove it, or name the existing bucket.",
      ),
    );
  }
  return breaches;
}

function targetRules({ source, targets }: CopySpec): Breach[] {
  const names = new Map<string, number>();
  const places = new Map<string, number>();
  return targets.flatMap((target, index) => {
    const breaches: Breach[] = [];
    const sameName = names.get(target.name);
    const samePlace = places.get(placeOf(target));
    names.set(target.name, index);
    places.set(placeOf(target), index);
    if (sameName !== undefined) {
      breaches.push(
        breach(
          ["targets", index, "name"],
          `a name that targets[${sameName}] does not have`,
          target.name,
          "Give each target a name of its own.",
        ),
      );
    }
    if (samePlace !== undefined) {
      breaches.push(
        breach(
          ["targets", index],
          `a place that targets[${samePlace}] does not write to`,
          placeOf(target),
          "Give it another container, bucket or prefix.",
        ),
      );
    }
    if (
      source.type === "s3" &&
      target.type === "s3" &&
      source.bucket === target.bucket &&
      overlap(source.prefix, target.prefix)
    ) {
      breaches.push(
        breach(
          ["targets", index, "prefix"],
          "a prefix outside the source's, so that copies are not copied again",
          target.prefix,
          "Choose prefixes of which neither starts with the other.",
        ),
      );
    }
    return breaches;
  });
}

function placeOf(target: Target): string {
  return target.type === "azure-blob"
    ? `${target.account ?? "the foundation's account"}/${target.container ?? "the derived container"}/${target.prefix}`
    : `s3://${target.bucket}/${target.prefix}`;
}

function overlap(a: string, b: string): boolean {
  return a.startsWith(b) || b.startsWith(a);
}

function accessRules(target: Target, index: number): Breach[] {
  const breaches: Breach[] = [];
  if (target.access === "key" && target.credentials === undefined) {
    breaches.push(
      breach(
        ["targets", index, "credentials"],
        'a reference to the key with access "key"',
        undefined,
        'For example {"parameter": "/targets/landing/key"}.',
      ),
    );
  }
  if (target.access !== "key" && target.credentials !== undefined) {
    breaches.push(
      breach(
        ["targets", index, "credentials"],
        `no credentials with access "${target.access}"`,
        target.credentials,
        'Remove them, or set access to "key".',
      ),
    );
  }
  if (target.type !== "s3") return breaches;
  if (target.access === "assumed-role" && target.role === undefined) {
    breaches.push(
      breach(["targets", index, "role"], 'the ARN of a role with access "assumed-role"', undefined),
    );
  }
  if (target.access !== "assumed-role" && target.role !== undefined) {
    breaches.push(
      breach(
        ["targets", index, "role"],
        `no role with access "${target.access}"`,
        target.role,
        'Remove it, or set access to "assumed-role".',
      ),
    );
  }
  return breaches;
}

function networkRules({ network, targets, source }: CopySpec): Breach[] {
  if (network !== "strict") return [];
  const azure = targets.find((target) => target.type === "azure-blob");
  if (azure !== undefined) {
    return [
      breach(
        ["network"],
        `"nat" for the azure-blob target ${JSON.stringify(azure.name)}: no VPC endpoint leads to Azure`,
        "strict",
        'Set network to "nat"; the account\'s firewall still admits that one address only.',
      ),
    ];
  }
  if (source.type === "s3-compatible") {
    return [
      breach(
        ["network"],
        '"nat" for an s3-compatible source: no VPC endpoint leads to it',
        "strict",
        'Set network to "nat".',
      ),
    ];
  }
  return [];
}

function moverRules(spec: CopySpec): Breach[] {
  if (spec.mover !== "azcopy") return [];
  const breaches: Breach[] = [];
  const expected = (why: string) => `"native" ${why}`;
  if (spec.source.type === "s3-compatible") {
    breaches.push(
      breach(
        ["mover"],
        expected("for an s3-compatible source: AzCopy reads from amazonaws.com only"),
        "azcopy",
      ),
    );
  }
  if (spec.targets.some((target) => target.type === "s3")) {
    breaches.push(
      breach(["mover"], expected("for an s3 target: AzCopy writes to Azure only"), "azcopy"),
    );
  }
  if (spec.transform !== undefined) {
    breaches.push(
      breach(["mover"], expected("with a transform: AzCopy copies objects as they are"), "azcopy"),
    );
  }
  if (spec.compute === "lambda") {
    breaches.push(
      breach(
        ["compute"],
        '"fargate" with mover "azcopy", which outlives a Lambda\'s 15 minutes',
        "lambda",
      ),
    );
  }
  return breaches;
}

function filterRules({ filter, transform }: CopySpec): Breach[] {
  const breaches: Breach[] = [];
  if (transform !== undefined && transform.from === transform.to) {
    breaches.push(
      breach(
        ["transform", "to"],
        `a format other than ${JSON.stringify(transform.from)}`,
        transform.to,
        "Leave transform out to copy objects as they are.",
      ),
    );
  }
  if (
    filter?.minSize !== undefined &&
    filter.maxSize !== undefined &&
    bytes(filter.minSize) > bytes(filter.maxSize)
  ) {
    breaches.push(
      breach(
        ["filter", "maxSize"],
        `at least minSize, ${JSON.stringify(filter.minSize)}`,
        filter.maxSize,
      ),
    );
  }
  if (
    filter?.minAge !== undefined &&
    filter.maxAge !== undefined &&
    milliseconds(filter.minAge) > milliseconds(filter.maxAge)
  ) {
    breaches.push(
      breach(
        ["filter", "maxAge"],
        `at least minAge, ${JSON.stringify(filter.minAge)}`,
        filter.maxAge,
      ),
    );
  }
  return breaches;
}

function sizeRules({ limits }: CopySpec): Breach[] {
  const { workers, window } = limits;
  const breaches: Breach[] = [];
  if (workers.max < workers.min) {
    breaches.push(
      breach(["limits", "workers", "max"], `at least min, ${workers.min}`, workers.max),
    );
  }
  if (window !== undefined && window.from === window.to) {
    breaches.push(
      breach(
        ["limits", "window", "to"],
        `a time other than from, ${JSON.stringify(window.from)}`,
        window.to,
        "Leave window out to copy at any time.",
      ),
    );
  }
  return breaches;
}

function breach(
  path: readonly (string | number)[],
  expected: string,
  got: unknown,
  remedy?: string,
): Breach {
  return { path, message: wrong(expected, got, remedy) };
}
