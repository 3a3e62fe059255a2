import { TsChecker, type CheckReport } from "@bilbycast/testkit/ts-checker";

/** RFC 3550 §5.1, without CSRC and extension. */
const RTP_HEADER = 12;
/** RFC 3551: MPEG-2 transport streams. */
const MP2T = 33;

/** What the strictest reader of transport streams makes of datagrams that hold nothing else. */
export const asTransportStream = (datagrams: readonly Uint8Array[]): CheckReport => {
  const checker = new TsChecker();
  datagrams.forEach((datagram) => checker.take(datagram));
  return checker.report();
};

/** The payloads of RTP packets, and what was wrong with their headers: anything but version 2, one SSRC, payload type 33 and numbers that go on by one. */
export const asRtp = (datagrams: readonly Buffer[]): { payloads: Buffer[]; problems: string[] } => {
  const problems: string[] = [];
  datagrams.forEach((datagram, i) => {
    const before = datagrams[i - 1] ?? datagram;
    const step = (datagram.readUInt16BE(2) - before.readUInt16BE(2)) & 0xffff;
    if (datagram[0] !== 0x80 || ((datagram[1] ?? 0) & 0x7f) !== MP2T) {
      problems.push(`packet ${i} begins with ${datagram.subarray(0, 2).toString("hex")}`);
    } else if (datagram.readUInt32BE(8) !== before.readUInt32BE(8) || (i > 0 && step !== 1)) {
      problems.push(`packet ${i} is ${step} after the one before`);
    }
  });
  return { payloads: datagrams.map((datagram) => datagram.subarray(RTP_HEADER)), problems };
};
