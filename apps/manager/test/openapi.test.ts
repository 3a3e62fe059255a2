import assert from "node:assert/strict";
import { test } from "node:test";
import { ENDPOINTS } from "@bilbycast/contracts/manager-api";
import { openApiDocument } from "../src/http/openapi.ts";

type Operation = { operationId: string; "x-websocket"?: { receive: object; objects: { topic: string; key: string }[] } };

const document = openApiDocument("1.2.3") as {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, { properties?: object; oneOf?: { properties: { type: { const: string } } }[] }> };
};

test("every endpoint and the WebSocket stand in the document, each once", () => {
  const operations = Object.values(document.paths).flatMap((path) => Object.values(path).map(({ operationId: id }) => id));
  assert.deepEqual(operations.toSorted(), [...Object.keys(ENDPOINTS), "live"].toSorted());
  assert.equal(document.openapi, "3.1.0");
});

test("whatever it refers to is there", () => {
  const names = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)].map(([, name]) => name ?? "");
  assert.ok(names.length > 100);
  for (const name of new Set(names)) {
    assert.ok(document.components.schemas[name] !== undefined, name);
  }
});

test("a panel finds how a desk is watched: the messages, and the objects of its topic", () => {
  const live = document.paths["/ws/live"]?.["get"]?.["x-websocket"];
  const desk = live?.objects.filter(({ topic }) => topic === "desk:<group_id>").map(({ key }) => key);
  assert.deepEqual(desk, ["desk", "page:<page_id>", "preset:<preset_id>", "take:<take_id>"]);
  const told = document.components.schemas["LiveMessage"]?.oneOf?.map(({ properties }) => properties.type.const);
  assert.ok(told?.includes("snapshot") && told.includes("patch") && told.includes("resync"));
  assert.ok("pvw" in (document.components.schemas["Desk"]?.properties ?? {}));
});
