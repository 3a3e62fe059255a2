import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeUtf8 } from "@bilbycast/foundation/bytes";
import { seededCrypto } from "@bilbycast/testkit/crypto";
import { HeapMemory } from "@bilbycast/testkit/memory";
import { seeded } from "@bilbycast/testkit/random";
import { tsUnit } from "@bilbycast/testkit/streams";
import { readHandshake } from "../handshake.ts";
import { openKeyRequest, type KeySet } from "../key-exchange.ts";
import { destinationSocket, HEADER_SIZE, messageNumber, packetSequence, packetTimestamp, writeDataHeader } from "../packet.ts";
import { FORGED, ReceiveKeys } from "../receive-keys.ts";
import { SendKeys } from "../send-keys.ts";
import { LIBSRT_GCM } from "./vectors/libsrt-1.5.5-gcm.ts";

const PASSPHRASE = encodeUtf8("a-passphrase-of-some-length");
const TAG_SIZE = 16;

const bytesOf = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, "hex"));

for (const { keyLength, conclusion, data } of LIBSRT_GCM) {
  const make = () => {
    const memory = new HeapMemory();
    const crypto = seededCrypto(memory, seeded(1));
    const datagram = bytesOf(conclusion);
    const request = readHandshake(datagram, HEADER_SIZE, datagram.length - HEADER_SIZE)?.extensions.keyRequest;
    assert.ok(request !== undefined);
    const set = openKeyRequest(crypto, PASSPHRASE, request, "gcm");
    assert.ok(typeof set === "object");
    return { memory, crypto, set: set satisfies KeySet, slot: memory.reserve(2_048) };
  };

  test(`a packet that libsrt encrypted with AES-${keyLength * 8}-GCM is read, and not after a bit of it has changed`, () => {
    const { memory, crypto, set, slot } = make();
    const keys = new ReceiveKeys(memory, crypto);
    keys.install(set);

    assert.deepEqual([set.mode, set.keyLength], ["gcm", keyLength]);
    for (const [n, hex] of data.entries()) {
      const packet = bytesOf(hex);
      memory.bytes.set(packet, slot);
      assert.equal(keys.open(slot, packet.length - HEADER_SIZE), 188);
      assert.deepEqual(memory.bytes.slice(slot + HEADER_SIZE, slot + HEADER_SIZE + 188), tsUnit(n).subarray(0, 188));
      for (const at of [9, HEADER_SIZE, packet.length - 1]) {
        memory.bytes.set(packet, slot);
        memory.bytes[slot + at] = (packet[at] ?? 0) ^ 1;
        assert.equal(keys.open(slot, packet.length - HEADER_SIZE), FORGED);
      }
    }
  });

  test(`what is encrypted with AES-${keyLength * 8}-GCM here has the same bytes as what libsrt encrypted`, () => {
    const { memory, crypto, set, slot } = make();
    const keys = new SendKeys(memory, crypto, 2 ** 24, 2 ** 12);
    keys.install(set);

    for (const [n, hex] of data.entries()) {
      const packet = bytesOf(hex);
      const [sequence, message] = [packetSequence(packet, 0), messageNumber(packet, 0)];
      writeDataHeader(memory.bytes, slot, sequence, message, keys.active, packetTimestamp(packet, 0), destinationSocket(packet, 0));
      memory.bytes.set(tsUnit(n).subarray(0, 188), slot + HEADER_SIZE);
      const length = keys.seal(slot, 188);

      assert.equal(length, 188 + TAG_SIZE);
      assert.deepEqual(memory.bytes.slice(slot, slot + HEADER_SIZE + length), packet);
    }
  });
}
