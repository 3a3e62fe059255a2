import assert from "node:assert/strict";
import { waitFor, type LaunchedEdge, type LaunchedFlow } from "@bilbycast/testkit/peers";

/** The stream key of every output here, which must not be told. */
export const KEY = "a-key-that-nobody-is-told";
/** Of the films, as ffmpeg takes it. */
export const PCR_PID = 256;

type Fields = Record<string, unknown>;

export const rtmp = (url: string, more: Fields = {}): Fields => ({
  type: "rtmp",
  dest_url: url,
  stream_key: KEY,
  reconnect_delay_secs: 1,
  ...more,
});

export const flowOf = (...outputs: readonly Fields[]): LaunchedFlow => ({
  id: "f",
  input: { type: "udp", bind_addr: "127.0.0.1:0" },
  outputs,
});

export const outputOf = async (edge: LaunchedEdge, index = 0): Promise<Fields> => (await edge.stats("f")).outputs[index] ?? {};

export const connectionOf = async (edge: LaunchedEdge, index = 0): Promise<{ state?: string; code?: string; message?: string }> =>
  ((await outputOf(edge, index))["connection"] as object | undefined) ?? {};

export const reaches = (edge: LaunchedEdge, state: string, seconds = 20): Promise<unknown> =>
  waitFor(`the output to be ${state}`, async () => (await connectionOf(edge)).state === state, seconds);

export const eventsOf = async (edge: LaunchedEdge): Promise<{ message: string; details: Fields }[]> =>
  ((await edge.get("/api/v1/events"))["data"] as { events: { message: string; details: Fields }[] }).events;

export const eventCodes = async (edge: LaunchedEdge): Promise<unknown[]> =>
  (await eventsOf(edge)).map(({ details }) => details["error_code"]);

/** Nobody may read the key: neither in what the edge says of itself nor in its log. */
export const assertKeyIsSecret = async (edge: LaunchedEdge): Promise<void> => {
  const said = JSON.stringify([await edge.stats("f"), await eventsOf(edge), await edge.get("/api/v1/stats")]);
  assert.equal(said.includes(KEY), false, "stats and events");
  assert.equal(edge.launcher.output().includes(KEY), false, "log");
};

/**
 * What arrives is the source from some place on, nothing missing or changed until `mayLack` before the end: there the last picture may wait for its end,
 * and one that is shown before it is then missing.
 */
export const assertTail = (arrived: readonly string[], sent: readonly string[], mayLack: number, what: string): void => {
  const start = sent.findIndex((_, i) => sent.slice(i, i + 3).every((hash, j) => hash === arrived[j]));
  assert.ok(start >= 0, `${what}: what arrives is none of the source`);
  const sure = arrived.slice(0, arrived.length - mayLack);
  assert.deepEqual(sure, sent.slice(start, start + sure.length), what);
  assert.ok(start + arrived.length >= sent.length - mayLack, `${what}: from ${start}, ${arrived.length} of ${sent.length}`);
};
