import assert from "node:assert/strict";
import { test } from "node:test";
import { instant, NEVER } from "@bilbycast/foundation/time";
import { integer, seeded } from "@bilbycast/testkit/random";
import type { AmfValue } from "../amf0.ts";
import { Publisher, type PublisherOutput } from "../publisher.ts";
import { ScriptedServer, status } from "./server.ts";

const KEY = "live_123456";
const SECOND = 1e6;

/** A publisher and the server that it talks to. */
const pair = (fourCcs: readonly string[] = []) => {
  const server = new ScriptedServer();
  const publisher = new Publisher({ app: "app", tcUrl: "rtmp://host/app", streamKey: KEY, fourCcs, random32: () => 0x01020304 });
  const told: Exclude<PublisherOutput, { to: "peer" }>[] = [];
  let now = 1;
  const drain = (): void => {
    for (let output = publisher.poll(); output !== undefined; output = publisher.poll()) {
      if (output.to === "peer") {
        server.take(output.bytes);
      } else {
        told.push(output);
      }
    }
  };
  return {
    publisher,
    server,
    told,
    drain,
    hear: (bytes: Uint8Array): void => {
      publisher.receive(bytes, instant(now));
      drain();
    },
    pass: (span: number): void => {
      now += span;
      publisher.expire(instant(now));
      drain();
    },
    start: (): void => {
      publisher.start(instant(now));
      drain();
    },
  };
};

const CONNECTED: AmfValue[] = ["_result", 1, new Map(), new Map([["code", "NetConnection.Connect.Success"]])];

const published = (fourCcs: readonly string[] = []) => {
  const each = pair(fourCcs);
  each.start();
  each.hear(each.server.greeting());
  each.hear(each.server.command(...CONNECTED));
  each.hear(each.server.command("_result", 4, null, 7));
  each.hear(each.server.command(...status("status", "NetStream.Publish.Start")));
  return each;
};

test("a stream is published by the commands of the standard, in their order, with the key in its place", () => {
  const { server, told, publisher } = published();

  assert.deepEqual(told, [{ to: "app", event: "publishing" }]);
  assert.equal(publisher.stage, "publishing");
  assert.equal(publisher.deadline, NEVER);
  const commands = server.commands();
  assert.deepEqual(
    commands.map(([name, transaction]) => [name, transaction]),
    [
      ["connect", 1],
      ["releaseStream", 2],
      ["FCPublish", 3],
      ["createStream", 4],
      ["publish", 5],
    ],
  );
  const fields = commands[0]?.[2];
  assert.ok(fields instanceof Map);
  assert.deepEqual([fields.get("app"), fields.get("tcUrl"), fields.has("fourCcList")], ["app", "rtmp://host/app", false]);
  assert.deepEqual(commands[4]?.slice(2), [null, KEY, "live"]);
  assert.deepEqual(
    server.messages.slice(0, 2).map(({ type }) => type),
    [5, 20],
    "the chunk size is told first, which the reader keeps to itself",
  );
});

test("what comes in pieces of one byte is the same", () => {
  const { server, publisher, hear, start } = pair();
  start();
  for (const byte of Buffer.concat([server.greeting(), server.command(...CONNECTED), server.command("_result", 4, null, 1)])) {
    hear(Uint8Array.of(byte));
  }
  assert.equal(publisher.stage, "publish");
});

test("media goes on the message stream of the server's answer, and not before it took the stream", () => {
  const early = pair();
  early.start();
  early.publisher.video(0, [Uint8Array.of(1)]);
  early.drain();
  assert.deepEqual(early.server.messages, []);

  const { server, publisher, drain } = published();
  publisher.metadata(0, new Map([["width", 640]]));
  publisher.video(40, [Uint8Array.of(0x17), new Uint8Array(10_000)]);
  publisher.audio(41, [Uint8Array.of(0xaf)]);
  drain();
  assert.deepEqual(
    server.messages.slice(-3).map(({ type, streamId, timestamp, payload }) => [type, streamId, timestamp, payload.length > 10_000]),
    [
      [18, 7, 0, false],
      [9, 7, 40, true],
      [8, 7, 41, false],
    ],
  );
});

test("at the end the stream is given back, and nothing follows", () => {
  const { server, publisher, drain } = published();
  publisher.close();
  publisher.video(80, [Uint8Array.of(1)]);
  drain();
  assert.deepEqual(
    server
      .commands()
      .slice(-2)
      .map(([name, , , what]) => [name, what]),
    [
      ["FCUnpublish", KEY],
      ["deleteStream", 7],
    ],
  );
});

test("codecs that are not FLV's own are told when connecting", () => {
  const fields = published(["hvc1"]).server.commands()[0]?.[2];
  assert.ok(fields instanceof Map);
  assert.deepEqual(fields.get("fourCcList"), ["hvc1"]);
});

test("pings are answered, windows acknowledged, and a bandwidth is answered with a window", () => {
  const { server, hear } = published();
  hear(server.message(4, Uint8Array.of(0, 6, 0xde, 0xad, 0xbe, 0xef)));
  const pong = server.messages.at(-1);
  assert.deepEqual([pong?.type, [...(pong?.payload ?? [])]], [4, [0, 7, 0xde, 0xad, 0xbe, 0xef]]);

  hear(server.message(6, Uint8Array.of(0, 0, 0x10, 0, 2)));
  assert.equal(server.messages.at(-1)?.type, 5);
  hear(server.message(5, Uint8Array.of(0, 0, 0x04, 0)));
  assert.equal(server.messages.at(-1)?.type, 3, "more than 1024 bytes came since nothing was acknowledged");
  const count = server.messages.length;
  hear(server.message(8, new Uint8Array(500)));
  assert.equal(server.messages.length, count);
  hear(server.message(8, new Uint8Array(600)));
  assert.equal(server.messages.at(-1)?.type, 3);
});

const connectError = (code: string, description: string): AmfValue[] => [
  "_error",
  1,
  null,
  new Map([
    ["level", "error"],
    ["code", code],
    ["description", description],
  ]),
];

test("each way to say no has its name", () => {
  const at = (stage: "connect" | "create_stream" | "publish", ...answer: AmfValue[]) => {
    const each = pair();
    each.start();
    each.hear(each.server.greeting());
    if (stage !== "connect") {
      each.hear(each.server.command(...CONNECTED));
    }
    if (stage === "publish") {
      each.hear(each.server.command("_result", 4, null, 7));
    }
    each.hear(each.server.command(...answer));
    each.publisher.video(0, [Uint8Array.of(1)]);
    const [first, ...more] = each.told;
    assert.deepEqual(more, []);
    return first?.event === "refused" ? first.refusal.code : undefined;
  };
  assert.equal(at("connect", ...connectError("NetConnection.Connect.Rejected", "no")), "connect_rejected");
  assert.equal(at("connect", ...connectError("NetConnection.Connect.InvalidApp", "no such app")), "app_unknown");
  assert.equal(
    at("connect", ...connectError("NetConnection.Connect.Rejected", "[ code=403 need auth; authmod=adobe ]")),
    "authentication_required",
  );
  assert.equal(at("create_stream", "_error", 4, null, null), "stream_rejected");
  assert.equal(at("create_stream", "_error", 2, null, null), undefined, "releaseStream may fail");
  assert.equal(at("publish", ...status("error", "NetStream.Publish.BadName", "taken")), "name_in_use");
  assert.equal(at("publish", ...status("error", "NetStream.Publish.Denied", "")), "publish_rejected");
  assert.equal(at("publish", "_error", 5, null, null), "publish_rejected");
});

test("a server that ends the stream while it is published is heard", () => {
  const { server, told, hear } = published();
  hear(server.command(...status("status", "NetStream.Unpublish.Success")));
  assert.equal(told.length, 1);
  hear(server.command(...status("error", "NetStream.Publish.Idle", "no data")));
  assert.deepEqual(told[1], {
    to: "app",
    event: "refused",
    refusal: { code: "publish_rejected", message: "The server refused: NetStream.Publish.Idle: no data" },
  });
});

test("the key is never in a refusal, however the server repeats it", () => {
  const keyed = (key: string, text: string): string => {
    const publisher = new Publisher({ app: "a", tcUrl: "rtmp://h/a", streamKey: key, fourCcs: [], random32: () => 1 });
    const server = new ScriptedServer();
    publisher.start(instant(0));
    publisher.receive(server.greeting(), instant(0));
    publisher.receive(server.command(...connectError("X", text)), instant(0));
    for (let output = publisher.poll(); ; output = publisher.poll()) {
      assert.ok(output !== undefined);
      if (output.to === "app" && output.event === "refused") {
        return output.refusal.message;
      }
    }
  };
  assert.equal(keyed(KEY, `stream ${KEY} is busy`), "The server refused: X: stream [stream key] is busy");
  assert.equal(keyed("abcd/ef?auth=zz", "abcd%2Fef%3Fauth%3Dzz and abcd/ef"), "The server refused: X: [stream key] and [stream key]");
  assert.equal(keyed("ab", "stream ab"), "The server refused: X");
  assert.equal(keyed("key1", `a\u0000\r\n${"b".repeat(500)}`), `The server refused: X: a ${"b".repeat(198)}`);
});

test("an answer that does not come is given up after ten seconds and not before, at each stage", () => {
  const each = pair();
  each.start();
  each.pass(9.9 * SECOND);
  each.hear(each.server.greeting());
  each.pass(9.9 * SECOND);
  each.hear(each.server.command(...CONNECTED));
  each.pass(9.9 * SECOND);
  assert.equal(each.told.length, 0);
  each.pass(0.2 * SECOND);
  assert.equal(each.told[0]?.event === "refused" && each.told[0].refusal.code, "answer_timeout");
});

test("whoever answers with something else does not speak RTMP", () => {
  const each = pair();
  each.start();
  each.hear(Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n"));
  assert.equal(each.told[0]?.event === "refused" && each.told[0].refusal.code, "handshake_failed");
  const other = pair();
  other.start();
  other.hear(Buffer.concat([other.server.greeting(), Uint8Array.of(0xc3)]));
  assert.equal(other.told[0]?.event === "refused" && other.told[0].refusal.code, "protocol_error");
});

for (const seed of [1, 2, 3, 4]) {
  test(`a hostile server ends an attempt or is passed over, and never throws, seed ${seed}`, () => {
    const random = seeded(seed);
    for (let run = 0; run < 400; run++) {
      const each = pair();
      each.start();
      const { server } = each;
      const answers = Buffer.concat([
        server.greeting(),
        server.message(5, Uint8Array.of(0, 38, 37, 160)),
        server.message(6, Uint8Array.of(0, 38, 37, 160, 2)),
        server.command(...CONNECTED),
        server.command("_result", 4, null, 1),
        server.command(...status("status", "NetStream.Publish.Start")),
        server.message(4, Uint8Array.of(0, 6, 0, 0, 0, 1)),
      ]);
      for (let n = 1 + integer(random, 8); n > 0; n--) {
        const at = chanceOfHandshake(random) ? integer(random, answers.length) : 3_073 + integer(random, answers.length - 3_073);
        answers[at] = integer(random, 256);
      }
      for (let at = 0; at < answers.length;) {
        const size = 1 + integer(random, 2_000);
        each.hear(answers.subarray(at, at + size));
        at += size;
      }
      each.publisher.video(0, [new Uint8Array(100)]);
      each.pass(11 * SECOND);
      each.pass(11 * SECOND);
      assert.ok(each.told.length <= 2);
      assert.ok(["publishing", "over"].includes(each.publisher.stage), each.publisher.stage);
    }
  });
}

const chanceOfHandshake = (random: () => number): boolean => random() < 0.1;
