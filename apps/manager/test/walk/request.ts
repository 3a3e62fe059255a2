import { ENDPOINTS, type Endpoint } from "@bilbycast/contracts/manager-api";
import type { Answer, TestClient } from "../test-client.ts";
import { GROUPS, type Caller } from "./callers.ts";
import { EXAMPLES } from "./examples.ts";
import type { At } from "./world.ts";

/** Body and query of a request whose form is wrong. */
export type Malformation = {
  readonly name: string;
  readonly body?: unknown;
  readonly query?: string;
  readonly headers?: Record<string, string>;
};

const JSON_BODY = { "content-type": "application/json" };

/** For endpoints that take a body, and for those that take none. */
export const MALFORMED: { readonly withBody: readonly Malformation[]; readonly withoutBody: readonly Malformation[] } = {
  withBody: [
    { name: "half an object", body: '{"a":', headers: JSON_BODY },
    { name: "a list", body: "[1]", headers: JSON_BODY },
    { name: "nothing", body: undefined },
    { name: "a form", body: "a=b", headers: { "content-type": "application/x-www-form-urlencoded" } },
    { name: "a plain text", body: "{}", headers: { "content-type": "text/plain" } },
    { name: "a hundred lists in each other", body: "[".repeat(100) + "]".repeat(100), headers: JSON_BODY },
    { name: "a prototype", body: '{"__proto__":{"a":1}}', headers: JSON_BODY },
    { name: "more than it may be", body: `"${"x".repeat(300_000)}"`, headers: JSON_BODY },
  ],
  withoutBody: [
    {
      name: "a query of nonsense",
      query: "?limit=many&from=yesterday&group_id=%00&cursor=%FF&state=9&node_id=1&flow_id=%00&search=%00&actor=%00",
    },
    { name: "an endless query", query: `?actor=${"x".repeat(9_000)}&limit=0` },
  ],
};

/** Asks as the example does, or with the same path and another body. */
export const askExample = async (client: TestClient, at: At, caller: Caller, malformed?: Malformation): Promise<Answer> => {
  const { method } = ENDPOINTS[at.endpoint];
  const example = EXAMPLES[at.endpoint];
  const path = await pathOf(at, caller);
  if (malformed !== undefined) {
    return client.ask(method, `${path}${malformed.query ?? example.query ?? ""}`, malformed.body, malformed.headers);
  }
  return client.ask(method, `${path}${example.query ?? ""}`, example.body?.(at));
};

/** The same request about something that is not there. */
export const askNothing = (client: TestClient, at: At): Promise<Answer> => {
  const { method, path } = ENDPOINTS[at.endpoint];
  const nowhere = fill(path, {
    node_id: "00000000-0000-4000-8000-000000000000",
    user_id: "00000000-0000-4000-8000-000000000000",
    preset_id: "00000000-0000-4000-8000-000000000000",
    page_id: "00000000-0000-4000-8000-000000000000",
    group_id: "grp_of_nobody",
    ...EXAMPLES[at.endpoint].params?.(at),
  });
  const body = EXAMPLES[at.endpoint].body?.(at);
  const isNamed = typeof body === "object" && body !== null && "group_id" in body && body.group_id === GROUPS.north;
  return client.ask(method, `${nowhere}${EXAMPLES[at.endpoint].query ?? ""}`, isNamed ? { ...body, group_id: "grp_of_nobody" } : body);
};

const pathOf = async (at: At, caller: Caller): Promise<string> => {
  const example = EXAMPLES[at.endpoint];
  const own = caller.via === "nobody" ? {} : await example.prepare?.(at, caller);
  return fill(ENDPOINTS[at.endpoint].path, {
    node_id: at.nodeId,
    user_id: at.userId,
    group_id: GROUPS.north,
    preset_id: at.presetId,
    page_id: at.pageId,
    ...example.params?.(at),
    ...own,
  });
};

/** What is the caller's own and was not made, since there is no caller, is of nobody. */
const fill = (path: Endpoint["path"], params: Readonly<Record<string, string>>): string =>
  path.replaceAll(/:([a-z_]+)/g, (_, name: string) => encodeURIComponent(params[name] ?? "00000000-0000-4000-8000-000000000000"));
