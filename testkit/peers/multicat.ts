import { peer, type Peer } from "./peer.ts";

/**
 * Sends a TS file in real time to 127.0.0.1:port in datagrams of `size` bytes, whole TS packets, over RTP or plain UDP. The pace
 * comes from the PCRs of `pcrPid`, which multicat's companion `ingests` writes to a file beside the TS file first. It ends by itself.
 * A last datagram that is not full is not sent.
 */
export const multicatSender = async (file: string, to: { port: number; rtp: boolean; pcrPid: number; size?: number }): Promise<Peer> => {
  const size = String(to.size ?? 1_316);
  const ingests = peer("ingests", ["-p", String(to.pcrPid), "-m", size, file]);
  if ((await ingests.exited) !== 0) {
    throw new Error(`ingests could not read ${file}:\n${ingests.output()}`);
  }
  return peer("multicat", ["-m", size, ...(to.rtp ? [] : ["-U"]), file, `127.0.0.1:${to.port}`]);
};

/** Writes what arrives at 127.0.0.1:port to a file, byte for byte; RTP headers are taken off. */
export const multicatReceiver = (port: number, file: string, from: { rtp: boolean }): Peer =>
  peer("multicat", [...(from.rtp ? [] : ["-u"]), `@127.0.0.1:${port}`, file]);
