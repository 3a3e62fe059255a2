import { MutationCache, QueryCache, QueryClient } from "@tanstack/react-query";
import type { EndpointName } from "@bilbycast/contracts/manager-api";
import { ApiFailure, makeApi, type CallOf } from "./api.ts";

const csrfToken = (): string | undefined => /(?:^|;\s*)csrf_token=([^;]*)/.exec(document.cookie)?.[1];

export const api = makeApi((url, init) => fetch(url, init), csrfToken);

/** Where a person is sent when the manager does not know them any more. Set once by the router. */
let onRefused = (): void => undefined;
export const whenRefused = (act: () => void): void => {
  onRefused = act;
};

const watch = (error: unknown): void => {
  if (error instanceof ApiFailure && error.status === 401 && error.code !== "auth_refused") {
    onRefused();
  }
};

export const queries = new QueryClient({
  queryCache: new QueryCache({ onError: watch }),
  mutationCache: new MutationCache({ onError: watch }),
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      // What was refused is refused again; what did not answer may answer.
      retry: (count, error) => count < 2 && error instanceof ApiFailure && (error.status === 0 || error.status >= 502),
      refetchOnWindowFocus: true,
    },
    mutations: { retry: false },
  },
});

/** A query of an endpoint: its key is its name and what it was given, so that a change can make all of a name stale. */
export const ask = <N extends EndpointName>(name: N, call: CallOf<N> = {}) => ({
  queryKey: [name, call.params ?? {}, call.query ?? {}] as const,
  queryFn: ({ signal }: { signal: AbortSignal }) => api(name, { ...call, signal }),
});

/** Answers of these endpoints are old: whoever shows them asks again. */
export const renew = (...names: EndpointName[]): Promise<unknown> =>
  Promise.all(names.map((name) => queries.invalidateQueries({ queryKey: [name] })));
