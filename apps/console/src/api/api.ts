import {
  ENDPOINTS,
  type AnswerOf,
  type Endpoints,
  type EndpointName,
  type ManagerFailure,
  type ManagerProblem,
} from "@bilbycast/contracts/manager-api";
import type { z } from "zod";

type Given<Schema extends z.ZodType> = z.input<Schema>;

/** What a call of an endpoint takes: the parts that it has. */
export type CallOf<N extends EndpointName> = {
  params?: Given<Endpoints[N]["params"]>;
  query?: Given<Endpoints[N]["query"]>;
  body?: Given<Endpoints[N]["body"]>;
  /** The version that the change began from. */
  version?: number;
  signal?: AbortSignal;
};

/** A request that did not work, in words for people. */
export class ApiFailure extends Error {
  readonly status: number;
  readonly code: string;
  readonly problems: readonly ManagerProblem[];
  readonly details: Readonly<Record<string, unknown>>;

  constructor(status: number, failure: ManagerFailure) {
    super(failure.error);
    this.name = "ApiFailure";
    this.status = status;
    this.code = failure.error_code;
    this.problems =
      failure.problems ?? (failure.field === undefined ? [] : [{ path: failure.field, code: failure.error_code, message: failure.error }]);
    this.details = failure.details ?? {};
  }
}

/** Sends one request; the browser's `fetch`, or another in tests. */
export type Send = (url: string, init: RequestInit) => Promise<Response>;

export const PREFIX = "/api/v1";

/** The address of an endpoint with its parameters filled in, each as one step of the path. */
export const urlOf = <N extends EndpointName>(name: N, { params, query }: Pick<CallOf<N>, "params" | "query"> = {}): string => {
  const path = ENDPOINTS[name].path.replaceAll(/:(\w+)/g, (_, key: string) =>
    encodeURIComponent((params as Record<string, string> | undefined)?.[key] ?? ""),
  );
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries((query ?? {}) as Record<string, unknown>)) {
    if (value !== undefined && value !== null && value !== "") {
      search.set(key, typeof value === "string" ? value : JSON.stringify(value));
    }
  }
  const text = search.toString();
  return `${PREFIX}${path}${text === "" ? "" : `?${text}`}`;
};

/** Calls of the manager's API by name, with what they take and answer known to the compiler. */
export const makeApi =
  (send: Send, csrfToken: () => string | undefined) =>
  async <N extends EndpointName>(name: N, call: CallOf<N> = {}): Promise<AnswerOf<Endpoints[N]>> => {
    const { method } = ENDPOINTS[name];
    const headers: Record<string, string> = { accept: "application/json" };
    const token = csrfToken();
    if (method !== "GET" && token !== undefined) {
      headers["x-csrf-token"] = token;
    }
    if (call.body !== undefined) {
      headers["content-type"] = "application/json";
    }
    if (call.version !== undefined) {
      headers["if-match"] = `"${call.version}"`;
    }
    const response = await answerOf(send, urlOf(name, call), {
      method,
      headers,
      credentials: "same-origin",
      ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
      ...(call.signal === undefined ? {} : { signal: call.signal }),
    });
    if (!response.ok) {
      throw new ApiFailure(response.status, await failureOf(response));
    }
    return (response.status === 204 ? undefined : await response.json()) as AnswerOf<Endpoints[N]>;
  };

const answerOf = async (send: Send, url: string, init: RequestInit): Promise<Response> => {
  try {
    return await send(url, init);
  } catch (error) {
    if (error instanceof Error && error.name === "AbortError") {
      throw error;
    }
    throw new ApiFailure(0, {
      error: "The manager does not answer. Nothing was changed, as far as is known here.",
      error_code: "manager_unreachable",
    });
  }
};

/** Something between here and the manager may answer in its place, and not in JSON. */
const failureOf = async (response: Response): Promise<ManagerFailure> => {
  try {
    const body = (await response.json()) as Partial<ManagerFailure>;
    if (typeof body.error === "string" && typeof body.error_code === "string") {
      return body as ManagerFailure;
    }
  } catch {
    // Told below.
  }
  return { error: `The manager answered ${response.status} and nothing that can be read.`, error_code: `http_${response.status}` };
};
