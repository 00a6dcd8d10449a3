import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface Identity {
  readonly key: string;
  readonly cert: string;
  /** File with the certificate of the authority that signed it. */
  readonly caFile: string;
}

const NAMES = [
  "s3.amazonaws.com",
  "*.s3.amazonaws.com",
  "s3.us-east-1.amazonaws.com",
  "*.s3.us-east-1.amazonaws.com",
  "s3.dualstack.us-east-1.amazonaws.com",
  "*.s3.dualstack.us-east-1.amazonaws.com",
  "localhost",
];

/** A certificate for S3's names, signed by an authority of the rig's own, made once. */
export function identity(folder: string): Identity {
  const file = (name: string) => join(folder, name);
  if (!existsSync(file("server.pem"))) {
    mkdirSync(folder, { recursive: true });
    const names = NAMES.map((name) => `DNS:${name}`).join(",");
    writeFileSync(file("names.cnf"), `subjectAltName=${names},IP:127.0.0.1\n`);
    const ec = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
    openssl(folder, [
      "req",
      "-x509",
      ...ec,
      "-days",
      "3650",
      "-subj",
      "/CN=Causeway bench CA",
      "-keyout",
      "ca.key",
      "-out",
      "ca.pem",
    ]);
    openssl(folder, [
      "req",
      "-new",
      ...ec,
      "-subj",
      "/CN=s3.amazonaws.com",
      "-keyout",
      "server.key",
      "-out",
      "server.csr",
    ]);
    openssl(folder, [
      "x509",
      "-req",
      "-in",
      "server.csr",
      "-CA",
      "ca.pem",
      "-CAkey",
      "ca.key",
      "-CAcreateserial",
      "-days",
      "3650",
      "-extfile",
      "names.cnf",
      "-out",
      "server.pem",
    ]);
  }
  return {
    key: readFileSync(file("server.key"), "utf8"),
    cert: readFileSync(file("server.pem"), "utf8"),
    caFile: file("ca.pem"),
  };
}

function openssl(folder: string, args: string[]): void {
  execFileSync("openssl", args, { cwd: folder, stdio: ["ignore", "ignore", "pipe"] });
}
