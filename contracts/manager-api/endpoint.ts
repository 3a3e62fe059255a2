import { z } from "zod";
import type { Act } from "./access/needs.ts";

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/**
 * Where what the act is done to is found: `group_id`, `node_id` or `user_id` of the path or the body. `each`: the body names several
 * things, and each is judged by itself. `preset`, `page`: by its id, of the group that has it. Absent for acts that are done to nothing in
 * particular.
 */
export type TargetSource =
  | { group: "params" | "body" }
  | { node: "params" }
  | { user: "params" }
  | { preset: "params" }
  | { page: "params" }
  | "each";

/** One route of the API: what it takes and answers, and the act that it is. Server, client, OpenAPI and tests are made of these. */
export type Endpoint<
  Params extends z.ZodType = z.ZodType,
  Query extends z.ZodType = z.ZodType,
  Body extends z.ZodType = z.ZodType,
  Answer extends z.ZodType = z.ZodType,
> = {
  readonly method: Method;
  /** Below /api/v1, with `:name` for what stands in `params`. */
  readonly path: string;
  readonly act: Act;
  readonly target?: TargetSource;
  readonly summary: string;
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  readonly answer: Answer;
  /** Of an answer that worked. */
  readonly status: 200 | 201 | 204;
  /** The largest body in bytes, where it is not 64 KiB. */
  readonly bodyLimit?: number;
  /** The body of the answer when it is not JSON. */
  readonly mediaType?: string;
  /** Whether `If-Match` with the object's version is looked at: an older one is refused as `version_conflict`. */
  readonly isVersioned?: boolean;
};

type Given<Params extends z.ZodType, Query extends z.ZodType, Body extends z.ZodType, Answer extends z.ZodType> = Pick<
  Endpoint,
  "method" | "path" | "act" | "summary" | "target" | "bodyLimit" | "mediaType" | "isVersioned"
> & { params?: Params; query?: Query; body?: Body; answer?: Answer; status?: 200 | 201 | 204 };

const NOTHING = z.object({});

/** An endpoint with what is left out as its usual form: no parameters, no body, no answer but 204. */
export const endpoint = <
  Params extends z.ZodType = typeof NOTHING,
  Query extends z.ZodType = typeof NOTHING,
  Body extends z.ZodType = z.ZodUndefined,
  Answer extends z.ZodType = z.ZodVoid,
>(
  given: Given<Params, Query, Body, Answer>,
): Endpoint<Params, Query, Body, Answer> => ({
  ...given,
  params: (given.params ?? NOTHING) as Params,
  query: (given.query ?? NOTHING) as Query,
  body: (given.body ?? z.undefined()) as Body,
  answer: (given.answer ?? z.void()) as Answer,
  status: given.status ?? (given.answer === undefined ? 204 : given.method === "POST" ? 201 : 200),
});

export type ParamsOf<E extends Endpoint> = z.output<E["params"]>;
export type QueryOf<E extends Endpoint> = z.output<E["query"]>;
export type BodyOf<E extends Endpoint> = z.output<E["body"]>;
export type AnswerOf<E extends Endpoint> = z.input<E["answer"]>;
