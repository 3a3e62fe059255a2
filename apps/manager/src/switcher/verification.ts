import type { TakeResult } from "@bilbycast/contracts/manager-api";
import type { Sent } from "./fan-out.ts";

/** Waits for what became of each switch that its node obeyed. */
export const verify = (results: readonly TakeResult[], expected: Sent["expected"], pressedAt: number): Promise<TakeResult[]> =>
  Promise.all(
    results.map(async (result, place): Promise<TakeResult> => {
      const waited = expected.get(place);
      if (waited === undefined) {
        return result;
      }
      const proof = await waited.proof.proof;
      if (proof === undefined) {
        return { ...result, state: "unconfirmed", error_code: "not_told", error: "The node has not said what became of the switch" };
      }
      const until = Math.max(0, waited.sentAt - pressedAt);
      const outputs = proof.outputs.map(({ first_datagram_ms: after, output_id }) => ({
        output_id,
        first_datagram_ms: after === null ? null : rounded(until + after),
      }));
      const seen = outputs.flatMap(({ first_datagram_ms: at }) => at ?? []);
      return proof.is_confirmed
        ? { ...result, outputs, state: "verified", verified_ms: seen.length === 0 ? null : Math.max(...seen) }
        : {
            ...result,
            outputs,
            state: "unconfirmed",
            error_code: proof.reason ?? "switch_unconfirmed",
            error: REASONS[proof.reason ?? ""] ?? "The node obeyed, and what leaves was not seen to change",
          };
    }),
  );

const REASONS: Readonly<Record<string, string>> = {
  no_packet: "Nothing comes from the new source",
  no_random_access_point: "The new source leaves, and no picture of it with which decoding can begin has come yet",
  output_silent: "An output has sent nothing of the new source",
  superseded: "Another switch came before it was through",
  input_not_open: "The new source is not open; it is on air as soon as it is",
};

const rounded = (ms: number): number => Math.round(ms * 10) / 10;
