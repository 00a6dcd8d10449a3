import assert from "node:assert/strict";
import { createHmac, randomBytes } from "node:crypto";
import { hmacSha256 } from "../../../../runtime/aws/hmac.ts";

describe("HMAC-SHA256", () => {
  it("is OpenSSL's, for keys and texts of any length, again and again", () => {
    for (const keyLength of [0, 1, 32, 63, 64, 65, 200]) {
      const key = randomBytes(keyLength);
      const hmac = hmacSha256(key);
      for (const length of [0, 1, 100, 511, 512, 513, 5000, 10]) {
        const text = randomBytes(length).toString("latin1");
        const expected = createHmac("sha256", key).update(text, "latin1").digest("hex");
        assert.equal(hmac(text), expected, `key ${keyLength}, text ${length}`);
      }
    }
  });
});
