import assert from "node:assert/strict";
import { test } from "node:test";
import { Peer, Stage, until } from "@bilbycast/testkit/conformance";
import { freePorts } from "@bilbycast/testkit/peers";

const local = (port: number): string => `127.0.0.1:${port}`;

for (const backend of ["koffi", "dgram"] as const) {
  test(`${backend}: a leg that cannot be opened is tried again while the other one runs, and both together are refused`, async (t) => {
    const own = await Stage.start(backend);
    t.after(() => own.stop());
    const taken = await Peer.open(t);
    const port = await freePorts(1);
    const input = (first: string, second: string) => ({
      id: "in",
      kind: "srt",
      config: { mode: "listener", local_addr: first, redundancy: { mode: "listener", local_addr: second } },
    });
    const output = {
      id: "out",
      kind: "srt",
      config: { mode: "caller", remote_addr: local(port), redundancy: { mode: "listener", local_addr: taken.address } },
    };
    await own.run({ inputs: [input(taken.address, local(port))], outputs: [output] });
    assert.deepEqual(
      [own.count("in", "leg1Open"), own.count("in", "leg2Open"), own.count("out", "leg1Open"), own.count("out", "leg2Open")],
      [0, 1, 1, 0],
    );
    await until(() => own.count("out", "connectionsOpen") === 1, "the legs that are open meet");
    taken.close();
    await until(() => own.count("in", "leg1Open") + own.count("out", "leg2Open") > 0, "a leg is opened when its port is free");

    const [red, blue] = [await Peer.open(t), await Peer.open(t)];
    await own.run();
    await assert.rejects(own.run({ inputs: [input(red.address, blue.address)] }), { code: "srt_bind_failed" });
  });
}
