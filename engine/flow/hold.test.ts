import assert from "node:assert/strict";
import { test } from "node:test";
import { Fault } from "@bilbycast/foundation/fault";
import { Arena } from "@bilbycast/engine/io";
import { Bus } from "./bus.ts";
import { checkHold } from "./hold.ts";

const bus = new Bus(new Arena(16 * 2 ** 20), 4 * 2 ** 20, 4_096);

const refusal = (hold: number, rate?: number): Fault | undefined => {
  try {
    checkHold(bus, hold, rate);
    return undefined;
  } catch (error) {
    assert.ok(error instanceof Fault);
    return error;
  }
};

test("a bus of the usual size holds a second of 20 Mbit/s and not two", () => {
  assert.equal(refusal(0), undefined);
  assert.equal(refusal(1e6), undefined);
  assert.equal(refusal(2e6)?.code, "delay_exceeds_bus");
});

test("a bandwidth limit says how much comes", () => {
  assert.equal(refusal(1e6, 100e6)?.code, "delay_exceeds_bus");
  assert.equal(refusal(10e6, 2e6), undefined);
});

test("the refusal names the field, what is needed and what is there", () => {
  const fault = refusal(2e6);
  assert.equal(fault?.details["field"], "delay");
  assert.equal(fault?.details["bus_bytes"], 4 * 2 ** 20);
  assert.ok(Number(fault?.details["needed_bytes"]) > 5e6);
  assert.match(fault?.message ?? "", /2000 ms at 20 Mbit\/s .* Raise bus_bytes and bus_packets/);
});
