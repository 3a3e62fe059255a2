import assert from "node:assert/strict";
import { constants } from "node:os";
import { test } from "node:test";
import { checkConfig, type Config } from "@bilbycast/contracts/config";
import type { EngineEvent } from "@bilbycast/engine/flow";
import { catalogued } from "../src/event-form.ts";
import { declarations, wireInput, wireOutput } from "./test-declarations.ts";

const config = (): Config => {
  const { config: checked, problems } = checkConfig(
    {
      version: 2,
      inputs: [wireInput("a", 5000)],
      outputs: [wireOutput("o")],
      flows: [{ id: "f", name: "F", input_ids: ["a"], output_ids: ["o"] }],
    },
    declarations,
  );
  assert.ok(checked !== undefined, JSON.stringify(problems));
  return checked;
};

const failure = (more: Partial<EngineEvent>): EngineEvent => ({
  severity: "critical",
  category: "wire",
  code: "wire_bind_failed",
  message: "Input a does not run: The port is taken",
  flowId: "f",
  inputId: "a",
  ...more,
});

test("a port that another program holds is a port conflict that says who wanted what", () => {
  const event = catalogued(failure({ details: { errno: constants.errno.EADDRINUSE } }), config());

  assert.equal(event.category, "port_conflict");
  assert.equal(event.code, "wire_bind_failed");
  assert.deepEqual(event.details, {
    errno: constants.errno.EADDRINUSE,
    component: "wire input",
    addr: "127.0.0.1:5000",
    protocol: "udp",
    error: "Input a does not run: The port is taken",
  });
});

test("the portable backend says the same in words", () => {
  const event = catalogued(failure({ message: "Input a does not run: The port is taken: bind EADDRINUSE 127.0.0.1:5000" }), config());

  assert.equal(event.category, "port_conflict");
});

test("an address that is not ours is a failed bind, and no port conflict", () => {
  const event = catalogued(failure({ details: { errno: constants.errno.EADDRNOTAVAIL } }), config());

  assert.equal(event.category, "bind_failed");
});

test("an output that cannot have its local port is a port conflict as well", () => {
  const { inputId: _, ...output } = failure({
    code: "wire_output_failed",
    severity: "warning",
    outputId: "o",
    details: { errno: constants.errno.EADDRINUSE },
  });
  const event = catalogued(output, config());

  assert.equal(event.category, "port_conflict");
  assert.equal(event.details?.["component"], "wire output");
});

test("all other events stay as they are", () => {
  const event = failure({ code: "wire_output_failed", severity: "warning", details: { errno: constants.errno.ENETUNREACH } });

  assert.equal(catalogued(event, config()), event);
});
