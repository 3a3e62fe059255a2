import { waitFor } from "@bilbycast/testkit/peers";
import { request, type APIRequestContext, type APIResponse } from "playwright-core";

/** A bound against hanging: an edge that starts for the first time on a busy machine takes its time. */
const PATIENCE_SECONDS = 80;

/** Somebody's program at the manager's API. */
export class ManagerApi {
  readonly #http: APIRequestContext;
  readonly #csrf: string;

  private constructor(http: APIRequestContext, csrf: string) {
    this.#http = http;
    this.#csrf = csrf;
  }

  /** The certificate is one that the manager made itself. */
  static async logIn(address: string, username: string, password: string): Promise<ManagerApi> {
    const http = await request.newContext({ baseURL: address, ignoreHTTPSErrors: true });
    const answer = await http.post("/api/v1/auth/login", { data: { username, password } });
    const { csrf_token: csrf } = await bodyOf<{ csrf_token: string }>(answer);
    return new ManagerApi(http, csrf);
  }

  /** The body of an answer that is 2xx; throws with what it was otherwise. */
  async get<T>(path: string): Promise<T> {
    return bodyOf<T>(await this.ask("GET", path));
  }

  async post<T>(path: string, data: unknown): Promise<T> {
    return bodyOf<T>(await this.ask("POST", path, data));
  }

  async put<T>(path: string, data: unknown): Promise<T> {
    return bodyOf<T>(await this.ask("PUT", path, data));
  }

  /** Any answer. Paths begin after /api/v1. */
  ask(method: string, path: string, data?: unknown): Promise<APIResponse> {
    return this.#http.fetch(`/api/v1${path}`, { method, headers: { "x-csrf-token": this.#csrf }, ...(data === undefined ? {} : { data }) });
  }

  /** Looks again and again until what it answers is as wanted. */
  until<T>(what: string, path: string, isSo: (body: T) => boolean): Promise<T> {
    const look = async (): Promise<T | undefined> => {
      const answer = await this.ask("GET", path);
      const body = answer.ok() ? ((await answer.json()) as T) : undefined;
      return body !== undefined && isSo(body) ? body : undefined;
    };
    return waitFor<T | undefined>(what, look, PATIENCE_SECONDS);
  }

  /** A picture that is another one than `not`, as its bytes. */
  picture(nodeId: string, flowId: string, not?: Buffer): Promise<Buffer> {
    const look = async (): Promise<Buffer | undefined> => {
      const answer = await this.ask("GET", `/nodes/${nodeId}/flows/${flowId}/thumbnail`);
      const bytes = answer.status() === 200 ? await answer.body() : undefined;
      return bytes !== undefined && (not === undefined || !bytes.equals(not)) ? bytes : undefined;
    };
    return waitFor<Buffer | undefined>(`a picture of ${flowId}`, look, PATIENCE_SECONDS).catch(async (cause: unknown) => {
      const [node, state] = await Promise.all([this.ask("GET", `/nodes/${nodeId}`), this.ask("GET", `/nodes/${nodeId}/stats`)]);
      throw new Error(`There is no new picture of ${flowId}: ${await node.text()} ${(await state.text()).slice(0, 6_000)}`, { cause });
    });
  }

  close(): Promise<void> {
    return this.#http.dispose();
  }
}

const bodyOf = async <T>(answer: APIResponse): Promise<T> => {
  const text = await answer.text();
  if (!answer.ok()) {
    throw new Error(`${answer.url()} answers ${answer.status()}: ${text.slice(0, 2_000)}`);
  }
  return (text === "" ? undefined : JSON.parse(text)) as T;
};
