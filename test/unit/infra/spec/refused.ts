export const MINIMAL = { kind: "copy", source: { type: "s3" }, targets: [{ type: "azure-blob" }] };
export const COMPATIBLE = {
  type: "s3-compatible",
  endpoint: "https://oss.example.com",
  bucket: "b",
  credentials: { parameter: "/sources/oss" },
};
export const SCAN = { schedule: "rate(1 hour)" };

/** What is wrong with a spec, such a spec, and the problems that its author must be told, to the letter. */
export const REFUSED: readonly [string, unknown, string[]][] = [
  ["what is no object", 5, [": Expected an object, got 5."]],
  ["an unknown kind", { kind: "move" }, ['/kind: Expected one of "copy", "load", got "move".']],
  [
    "missing parts",
    { kind: "copy" },
    ["/source: Expected an object, got nothing.", "/targets: Expected a list, got nothing."],
  ],
  [
    "a misspelt field",
    { ...MINIMAL, source: { type: "s3", buckt: "b" } },
    [
      '/source/buckt: Expected only the fields type, bucket, prefix, region, got "buckt". Did you mean "bucket"?',
    ],
  ],
  [
    "an unknown field that resembles none",
    { ...MINIMAL, notify: { pager: "x" } },
    ['/notify/pager: Expected only the fields emails, webhook, got "pager". Remove it.'],
  ],
  [
    "a wrong choice",
    { ...MINIMAL, mover: "rsync" },
    ['/mover: Expected one of "native", "azcopy", got "rsync".'],
  ],
  [
    "a duration without a unit",
    { ...MINIMAL, filter: { minAge: "15" } },
    [
      '/filter/minAge: Expected a duration: a whole number and s, m, h or d, such as "15m", got "15".',
    ],
  ],
  [
    "a number where a size belongs",
    { ...MINIMAL, filter: { minSize: 8 } },
    [
      '/filter/minSize: Expected a size: a number and B, KB, MB, GB, TB, KiB, MiB, GiB or TiB, such as "8MiB", got 8.',
    ],
  ],
  [
    "a rate that is a size",
    { ...MINIMAL, limits: { bytesPerSecond: "50MB" } },
    ['/limits/bytesPerSecond: Expected a rate: a size and "/s", such as "50MB/s", got "50MB".'],
  ],
  [
    "a window in a time zone that there is none of",
    { ...MINIMAL, limits: { window: { from: "22:00", to: "06:00", zone: "CEST+1" } } },
    ['/limits/window/zone: Expected an IANA time zone such as "Europe/Berlin", got "CEST+1".'],
  ],
  [
    "an ARN where a bucket's name belongs",
    { ...MINIMAL, source: { type: "s3", bucket: "arn:aws:s3:::b" } },
    [
      '/source/bucket: Expected an S3 bucket name: 3 to 63 lower-case letters, digits, dots and hyphens, starting and ending with a letter or digit, not an IP address, got "arn:aws:s3:::b". Give the bucket\'s name alone, not its ARN or URL.',
    ],
  ],
  [
    "a pattern as a prefix, which would be a wildcard in the worker's policy",
    { ...MINIMAL, source: { type: "s3", prefix: "in/*.csv" } },
    [
      '/source/prefix: Expected a key prefix of at most 512 characters without *, ?, $ or control characters, got "in/*.csv". Patterns belong into filter.include and filter.exclude.',
    ],
  ],
  [
    "a container name that Azure would refuse",
    { ...MINIMAL, targets: [{ type: "azure-blob", container: "a--b" }] },
    [
      '/targets/0/container: Expected an Azure container name: 3 to 63 lower-case letters, digits and single hyphens, starting and ending with a letter or digit, got "a--b".',
    ],
  ],
  [
    "a cap that is neither a count nor a percentage",
    { ...MINIMAL, deletes: { mode: "mirror", cap: "110%" } },
    [
      '/deletes/cap: Expected a cap: a whole number of objects such as 100, or a percentage such as "10%", got "110%".',
    ],
  ],
  [
    "a cap without mirroring",
    { ...MINIMAL, deletes: { mode: "ignore", cap: 5 } },
    ['/deletes/cap: Expected only the fields mode, got "cap". Remove it.'],
  ],
  [
    "two targets with one name",
    { ...MINIMAL, targets: [{ type: "azure-blob" }, { type: "azure-blob", container: "other" }] },
    [
      '/targets/1/name: Expected a name that targets[0] does not have, got "azure". Give each target a name of its own.',
    ],
  ],
  [
    "two targets in one place",
    {
      ...MINIMAL,
      targets: [
        { type: "azure-blob", container: "one" },
        { type: "azure-blob", name: "again", container: "one" },
      ],
    },
    [
      '/targets/1: Expected a place that targets[0] does not write to, got "the foundation\'s account/one/". Give it another container, bucket or prefix.',
    ],
  ],
  [
    "a copy into its own source",
    {
      ...MINIMAL,
      source: { type: "s3", bucket: "same", prefix: "in/" },
      targets: [
        {
          type: "s3",
          bucket: "same",
          prefix: "in/copy/",
          role: "arn:aws:iam::123456789012:role/w",
        },
      ],
    },
    [
      '/targets/0/prefix: Expected a prefix outside the source\'s, so that copies are not copied again, got "in/copy/". Choose prefixes of which neither starts with the other.',
    ],
  ],
  [
    "a strict network with Azure at its other end",
    { ...MINIMAL, network: "strict" },
    [
      '/network: Expected "nat" for the azure-blob target "azure": no VPC endpoint leads to Azure, got "strict". Set network to "nat"; the account\'s firewall still admits that one address only.',
    ],
  ],
  [
    "no way to learn of objects",
    { ...MINIMAL, discover: { events: false } },
    [
      '/discover: Expected discover.events or discover.scan to say how objects are found, got neither. Set events to true or give a scan, such as {"schedule": "rate(1 hour)"}.',
    ],
  ],
  [
    "events of a store that has none",
    { ...MINIMAL, source: COMPATIBLE, discover: { scan: SCAN } },
    [
      "/discover/events: Expected false for an s3-compatible source, which reports no events, got true. Set it to false and give discover.scan.",
    ],
  ],
  [
    "AzCopy where AzCopy cannot read",
    { ...MINIMAL, source: COMPATIBLE, discover: { events: false, scan: SCAN }, mover: "azcopy" },
    [
      '/mover: Expected "native" for an s3-compatible source: AzCopy reads from amazonaws.com only, got "azcopy".',
    ],
  ],
  [
    "a key without its reference",
    { ...MINIMAL, targets: [{ type: "azure-blob", access: "key" }] },
    [
      '/targets/0/credentials: Expected a reference to the key with access "key", got nothing. For example {"parameter": "/targets/landing/key"}.',
    ],
  ],
  [
    "bounds that exclude everything",
    { ...MINIMAL, filter: { minSize: "1MB", maxSize: "1KB" } },
    ['/filter/maxSize: Expected at least minSize, "1MB", got "1KB".'],
  ],
  [
    "fewer workers at most than at least",
    { ...MINIMAL, limits: { workers: { min: 3, max: 2 } } },
    ["/limits/workers/max: Expected at least min, 3, got 2."],
  ],
  [
    "an upsert that cannot find its rows",
    {
      kind: "load",
      source: { type: "s3", bucket: "exports" },
      warehouse: { type: "redshift-serverless" },
      tables: [{ name: "orders", mode: "upsert" }],
    },
    ['/tables/0/key: Expected at least 1 column with mode "upsert", got a list of 0.'],
  ],
];
