import { ACK_WAIT_MS } from "@bilbycast/contracts/node-link";
import type { TakeResult } from "@bilbycast/contracts/manager-api";
import { isFault } from "@bilbycast/foundation/fault";
import type { DeviceDriver } from "../drivers/driver.ts";
import type { NodeHub } from "../node-link/hub.ts";
import type { Expected, Proofs } from "./proofs.ts";

/** Commands that are under way to one node at once: others have commands for it, too. */
const AT_ONCE = 16;
/** Milliseconds that the proof of a switch is waited for, from its command on: a node gives one up after two seconds. */
const PROOF_WAIT = 5_000;

export type Sent = {
  /** Each action with what its node answered. Never rejects. */
  readonly acknowledged: Promise<TakeResult[]>;
  /** By the place of the action: what becomes of it. `sentAt`: `performance.now()`. */
  readonly expected: Map<number, { readonly proof: Expected; readonly sentAt: number }>;
};

/** Tells every node at once what it is to do. */
export const sendAll = (
  { driverOf, hub, proofs }: { driverOf: (nodeId: string) => DeviceDriver | undefined; hub: NodeHub; proofs: Proofs },
  actions: readonly TakeResult[],
  pressedAt: number,
): Sent => {
  const expected: Sent["expected"] = new Map();
  const send = async (result: TakeResult, place: number): Promise<TakeResult> => {
    const { action } = result;
    const sentAt = performance.now();
    const proof = action.type === "activate_input" ? proofs.expect(action.node_id, action.flow_id, action.input_id, PROOF_WAIT) : undefined;
    let isUnchanged: boolean;
    try {
      isUnchanged = await obey(driverOf(action.node_id), hub, result);
    } catch (error) {
      proof?.giveUp();
      return { ...result, ...failureOf(error) };
    }
    if (isUnchanged) {
      proof?.giveUp();
    } else if (proof !== undefined) {
      expected.set(place, { proof, sentAt });
    }
    return {
      ...result,
      ok: true,
      state: isUnchanged ? "unchanged" : "acknowledged",
      acknowledged_ms: Math.round((performance.now() - pressedAt) * 10) / 10,
    };
  };
  const byNode = Map.groupBy(actions.entries(), ([, { action }]) => action.node_id);
  const done: TakeResult[] = [...actions];
  const lanes = [...byNode.values()].flatMap((own) => {
    const waiting = own.values();
    return Array.from({ length: Math.min(AT_ONCE, own.length) }, async () => {
      for (const [place, result] of waiting) {
        done[place] = await send(result, place);
      }
    });
  });
  return { expected, acknowledged: Promise.all(lanes).then(() => done) };
};

/** Answers whether it was so already, by the node's own word, else by what was known. */
const obey = async (driver: DeviceDriver | undefined, hub: NodeHub, { action, from_input_id: from }: TakeResult): Promise<boolean> => {
  const command =
    action.type === "activate_input"
      ? driver?.switching?.activateAction(action.flow_id, action.input_id, action.splice_mode_override)
      : undefined;
  if (driver === undefined || command === undefined) {
    throw new TypeError("what cannot be switched was not refused before it was sent");
  }
  const wait = driver.commands.find(({ name }) => name === command.type)?.ack_wait_ms ?? ACK_WAIT_MS;
  const { data } = await hub.command(action.node_id, command, wait);
  return driver?.switching?.wasSo(data) ?? (action.type === "activate_input" && from === action.input_id);
};

/** A node that did not answer may have obeyed. */
const failureOf = (error: unknown): Pick<TakeResult, "state" | "error" | "error_code"> => {
  if (!isFault(error)) {
    return { state: "failed", error: "A fault of ours; the log has it", error_code: "internal" };
  }
  const said = error.details["node_error_code"];
  return { state: "failed", error: error.message, error_code: typeof said === "string" ? said : error.code };
};
