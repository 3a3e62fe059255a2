import { check } from "@bilbycast/foundation/check";
import {
  adaptationFieldLength,
  discontinuityIndicator,
  dtsOffset,
  hasPcr,
  PACKET_SIZE,
  payloadOffset,
  PCR_WRAP,
  pid,
  PID_COUNT,
  ptsOffset,
  readPcr,
  readStamp,
  STAMP_WRAP,
} from "@bilbycast/protocols/mpegts";
import { isRtcp, payloadEnd, payloadStart } from "@bilbycast/protocols/rtp";
import { seeded } from "@bilbycast/testkit/random";
import { Mutator } from "./mutator.ts";
import { rtpSubject } from "./rtp-subject.ts";
import { tsSubject } from "./ts-subject.ts";

/**
 * Gives `count` valid and mutated datagrams to every function that reads a header.
 * Throws, naming the seed, when one gives a place outside its packet.
 */
export const fuzzHeaders = (seed: number, count: number): void => {
  const random = seeded(seed);
  const sources = [rtpSubject(0), tsSubject()].map((subject) => ({
    next: subject.valid(random),
    mutator: new Mutator(random, subject.longest),
  }));
  for (let n = 0; n < count; n++) {
    const source = sources[n % sources.length];
    check(source !== undefined, "there are sources");
    const datagram = source.mutator.mutate(source.next());
    try {
      readRtp(datagram);
      for (let at = 0; at + PACKET_SIZE <= datagram.length; at += PACKET_SIZE) {
        readTs(datagram, at);
      }
    } catch (cause) {
      throw new Error(`A header reader failed with seed ${seed} at datagram ${n}`, { cause });
    }
  }
};

const readRtp = (datagram: Uint8Array): void => {
  const { length } = datagram;
  const start = payloadStart(datagram, 0, length);
  check(start === -1 || (start >= 12 && start <= length), "a payload starts within its packet");
  const end = start < 0 ? -1 : payloadEnd(datagram, 0, length, start);
  check(end === -1 || (end >= start && end <= length), "a payload ends within its packet");
  check(!isRtcp(datagram, 0, length) || length >= 8, "a control packet has its first two words");
};

const readTs = (bytes: Uint8Array, at: number): void => {
  check(pid(bytes, at) < PID_COUNT, "a PID has 13 bits");
  check(adaptationFieldLength(bytes, at) <= PACKET_SIZE - 5, "an adaptation field ends within its packet");
  check(!discontinuityIndicator(bytes, at) || adaptationFieldLength(bytes, at) > 0, "an indicator lies in an adaptation field");
  const offset = payloadOffset(bytes, at);
  check(offset >= 4 && offset <= PACKET_SIZE, "a payload starts within its packet");
  if (hasPcr(bytes, at)) {
    const pcr = readPcr(bytes, at);
    check(pcr >= 0 && pcr < PCR_WRAP + 300, "a PCR has 42 bits");
  }
  for (const stamp of [ptsOffset(bytes, at), dtsOffset(bytes, at)]) {
    check(stamp === 0 || (stamp > offset && stamp + 5 <= PACKET_SIZE), "a time stamp lies within its packet");
    check(stamp === 0 || readStamp(bytes, at + stamp) < STAMP_WRAP, "a time stamp has 33 bits");
  }
};
