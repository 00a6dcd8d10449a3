import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A certificate for `IP:127.0.0.1`, `DNS:name`, and its key, as PEM. */
export function selfSigned(subject: string): { key: string; cert: string } {
  const folder = mkdtempSync(join(tmpdir(), "causeway-tls-"));
  const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  const kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  const names = ["-subj", "/CN=test", "-addext", `subjectAltName=${subject}`];
  const files = ["-keyout", key, "-out", cert];
  try {
    execFileSync("openssl", ["req", "-x509", ...kind, ...names, ...files], { stdio: "pipe" });
    return { key: readFileSync(key, "utf8"), cert: readFileSync(cert, "utf8") };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
