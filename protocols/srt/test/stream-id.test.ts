import assert from "node:assert/strict";
import { test } from "node:test";
import { Pair } from "@bilbycast/testkit/srt";
import { seeded } from "@bilbycast/testkit/random";
import { rejectReason } from "../reject-reason.ts";
import { readStreamId, streamRefusal, type AccessMode } from "../stream-id.ts";

const READINGS: [text: string, keys: Record<string, string> | undefined][] = [
  ["studio/1", { r: "studio/1" }],
  ["", { r: "" }],
  ["#!::r=studio/1,m=publish,u=anna", { r: "studio/1", m: "publish", u: "anna" }],
  ["#!::r=a=b", { r: "a=b" }],
  ["#!::r=", { r: "" }],
  ["#!::bmd_uuid=1234,bmd_name=Studio 1,r=x", { bmd_uuid: "1234", bmd_name: "Studio 1", r: "x" }],
  ["#!::__proto__=x", { ["__proto__"]: "x" }],
  ["#!::", undefined],
  ["#!::r", undefined],
  ["#!::=x", undefined],
  ["#!::r=a,r=b", undefined],
  ["#!::r=a,,m=publish", undefined],
  ["#!::r/x=a", undefined],
  [`#!::${"k".repeat(65)}=a`, undefined],
  [`#!::${Array.from({ length: 33 }, (_, n) => `k${n}=1`).join()}`, undefined],
  ["#!:{r:a}", undefined],
  ["studio\n1", undefined],
  ["#!::r=a\u0000", undefined],
];

for (const [text, keys] of READINGS) {
  test(`${JSON.stringify(text.slice(0, 40))} is ${keys === undefined ? "no stream ID" : JSON.stringify(keys)}`, () => {
    const request = readStreamId(text);
    assert.deepEqual(request === undefined ? undefined : [...request], keys === undefined ? undefined : Object.entries(keys));
  });
}

const ACCESS: [own: string, wanted: string, mode: AccessMode, reason: string | undefined][] = [
  ["", "whatever", "publish", undefined],
  ["", "#!::broken", "publish", undefined],
  ["studio/1", "studio/1", "publish", undefined],
  ["studio/1", "studio/2", "publish", "forbidden"],
  ["studio/1", "", "publish", "forbidden"],
  ["studio/1", "#!::r=studio/1", "publish", undefined],
  ["studio/1", "#!::r=studio/1,m=publish", "publish", undefined],
  ["studio/1", "#!::r=studio/2", "publish", "not_found"],
  ["#!::r=studio/1", "studio/1", "publish", undefined],
  ["#!::r=studio/1", "", "publish", "forbidden"],
  ["#!::r=studio/1,u=anna", "studio/1", "publish", "unauthorized"],
  ["#!::r=studio/1,u=anna", "#!::u=anna,r=studio/1,bmd_name=x", "publish", undefined],
  ["#!::r=studio/1,u=anna", "#!::u=bert,r=studio/1", "publish", "unauthorized"],
  ["#!::h=here,r=a", "#!::h=there,r=a", "publish", "not_found"],
  ["#!::s=1,r=a", "#!::s=2,r=a", "publish", "forbidden"],
  ["#!::my_key=1", "#!::my_key=2", "publish", "forbidden"],
  ["#!::r=a", "#!::r=a,m=request", "publish", "bad_mode"],
  ["#!::r=a", "#!::r=a,m=request", "request", undefined],
  ["#!::r=a", "#!::r=a,m=publish", "request", "bad_mode"],
  ["#!::r=a", "#!::r=a,m=bidirectional", "request", undefined],
  ["#!::r=a", "#!::r=a,m=", "request", "bad_mode"],
  ["#!::r=a", "#!::r=a,t=file", "publish", "media_not_supported"],
  ["#!::r=a", "#!::r=a,t=stream", "publish", undefined],
  ["#!::r=a", "#!::r=a,r=a", "publish", "bad_request"],
  ["#!::r=a", "#!:{r:a}", "publish", "bad_request"],
];

for (const [own, wanted, mode, reason] of ACCESS) {
  test(`who asks for "${wanted}" to ${mode} where "${own}" is, ${reason === undefined ? "comes in" : `is refused: ${reason}`}`, () => {
    const code = streamRefusal(own, wanted, mode);
    assert.equal(code === undefined ? undefined : rejectReason(code), reason);
  });
}

for (const caller of ["send", "receive"] as const) {
  test(`a listener that ${caller === "send" ? "receives" : "sends"} tells both ends by name why a caller may not come in`, () => {
    const wrong = caller === "send" ? "request" : "publish";
    const options = (streamId: string) => ({ settings: { streamId } });
    const [ours, theirs] = [options("#!::r=studio/1"), options(`#!::r=studio/1,m=${wrong}`)];
    const pair = new Pair({ caller, sender: caller === "send" ? theirs : ours, receiver: caller === "send" ? ours : theirs });
    pair.run(1_000_000);
    assert.deepEqual([pair.sender.said, pair.receiver.said], [["refused bad_mode"], ["refused bad_mode"]]);
  });
}

test("a hundred thousand stream IDs of noise are read without harm (seed 10)", () => {
  const random = seeded(10);
  const letters = "#!:,=rmut{}\\\u0000\u{1f600} ";
  for (let n = 0; n < 100_000; n++) {
    const text = `#!::${Array.from({ length: n % 60 }, () => letters.charAt(Math.floor(random() * letters.length))).join("")}`;
    const request = readStreamId(text);
    assert.ok(request === undefined || request.size <= 32);
    streamRefusal("#!::r=a", text, "publish");
  }
});
