import type { z } from "zod";
import type { Signature } from "../http/endpoint.ts";
type S<M extends string, P extends string> = { method: M; path: P };
type None = z.ZodObject<Record<never, never>>;
type Ok<T> = { 200: { description: string; schema: T } };
export interface Soon {
  howToLogIn: {
    signature?: Signature<
      S<"get", "/v1/auth">,
      None,
      None,
      z.ZodUndefined,
      Ok<
        z.ZodObject<{
          issuer: z.ZodNullable<z.ZodString>;
          clientId: z.ZodString;
          scope: z.ZodString;
          audience: z.ZodString;
        }>
      >
    >;
  };
}
