import { isIpv4, isMulticast, splitAddress } from "@bilbycast/foundation/address";
import { z } from "zod";
import { socketAddress, unicastAddress } from "./address-fields.ts";
import { checkReceiver, checkSender, claimUdp, interfaceAddress, isUnspecified, sourceAddress } from "./datagram-fields.ts";
import type { Claim, Problem } from "./declare.ts";
import { counter, gauge } from "./stat.ts";

/** The second leg of an input that receives one stream over two paths (SMPTE ST 2022-7). */
export const redundantReceiver = () =>
  z
    .strictObject({
      bind_addr: socketAddress({ anyPort: true }).describe(
        "Local address and port of the second leg, or a multicast group, which is joined.",
      ),
      interface_addr: interfaceAddress("IP address of the interface by which the second leg's group is joined, or its only local address."),
      source_addr: sourceAddress(),
      path_differential_ms: z
        .int()
        .min(5)
        .max(2_000)
        .meta({
          unit: "ms",
          description:
            "Every packet leaves this long after the earlier leg brings it: longest difference of the two that is made up for. Absent: packets leave as the first leg brings them.",
        })
        .optional(),
    })
    .meta({
      title: "Second leg",
      description: "The same stream over a second path: what one leg loses comes by the other (SMPTE ST 2022-7).",
    })
    .optional();

/** The second leg of an output that sends one stream over two paths. */
export const redundantSender = () =>
  z
    .strictObject({
      dest_addr: socketAddress().describe("Address and port of the receiver's second leg, or a multicast group."),
      bind_addr: unicastAddress({ anyPort: true }).describe("Local address and port that the second leg sends from.").optional(),
      interface_addr: interfaceAddress(
        "IP address of the interface by which the second leg's group is sent to, or the address to send from.",
      ),
      dscp: z.int().min(0).max(63).describe("Code point of the second leg; that of the first when absent.").optional(),
    })
    .meta({ title: "Second leg", description: "Every packet is sent a second time, the same bytes, over another path (SMPTE ST 2022-7)." })
    .optional();

const isOpen = () => ({
  leg1Open: gauge("yes or no", "1 while the first leg's socket is open; only where there are two legs."),
  leg2Open: gauge("yes or no", "1 while the second leg's socket is open."),
});

/** Counted by every input with a second leg; 0 without one. */
export const redundantReceiverStats = () => ({
  leg1PacketsReceived: counter("packets", "RTP packets that leg 1 brought.", "input"),
  leg1BytesReceived: counter("bytes", "Bytes of those, without IP and UDP headers.", "input"),
  leg1PacketsForwarded: counter("packets", "Of those: first copies, taken for the stream.", "input"),
  leg1PacketsDuplicate: counter("packets", "Of those: the other leg had brought them before.", "input"),
  leg1PacketsLost: counter("packets", "Did not come by leg 1, whether or not by the other one.", "input"),
  leg1Up: gauge("yes or no", "1 while leg 1 brings packets: within the last second.", "input"),
  leg2PacketsReceived: counter("packets", "RTP packets that leg 2 brought.", "input"),
  leg2BytesReceived: counter("bytes", "Bytes of those, without IP and UDP headers.", "input"),
  leg2PacketsForwarded: counter("packets", "Of those: first copies, taken for the stream.", "input"),
  leg2PacketsDuplicate: counter("packets", "Of those: the other leg had brought them before.", "input"),
  leg2PacketsLost: counter("packets", "Did not come by leg 2, whether or not by the other one.", "input"),
  leg2Up: gauge("yes or no", "1 while leg 2 brings packets: within the last second.", "input"),
  ...isOpen(),
  packetsRecovered: counter("packets", "One leg lost them and the other one brought them.", "input"),
  redundancySwitches: counter("times", "The stream came by the other leg alone from then on.", "input"),
  pathSkewUs: gauge("microseconds", "How much later the second leg brings packets than the first; negative where it is earlier.", "input"),
});

/** Counted by every output with a second leg; 0 without one. */
export const redundantSenderStats = () => ({
  ...isOpen(),
  leg1PacketsSent: counter("packets", "Datagrams of the first leg that the system took.", "output"),
  leg1BytesSent: counter("bytes", "Bytes of those, without IP and UDP headers.", "output"),
  leg1PacketsDropped: counter("packets", "Bus packets given up because the first leg was too slow.", "output"),
  leg2PacketsSent: counter("packets", "Datagrams of the second leg that the system took.", "output"),
  leg2BytesSent: counter("bytes", "Bytes of those, without IP and UDP headers.", "output"),
  leg2PacketsDropped: counter("packets", "Bus packets given up because the second leg was too slow.", "output"),
});

type Leg = { interface_addr?: string | undefined };
type ReceiverLeg = Leg & { bind_addr: string; source_addr?: string | undefined };
type SenderLeg = Leg & { dest_addr: string; bind_addr?: string | undefined };

/** Rules between the two legs of an input. */
export const checkRedundantReceiver = (config: ReceiverLeg & { redundancy?: ReceiverLeg | undefined }): Problem[] => {
  const second = config.redundancy;
  const [first, other] = [splitAddress(config.bind_addr), splitAddress(second?.bind_addr ?? "")];
  if (second === undefined || first === undefined || other === undefined) {
    return [];
  }
  const problems = within(checkReceiver(second));
  if (first.family !== other.family) {
    problems.push(problem("bind_addr", `must be an IPv${first.family} address like bind_addr of the first leg`));
  } else if (overlap(first, other) && !sameGroupElsewhere(config, second, first.host)) {
    problems.push(problem("bind_addr", "must differ from bind_addr of the first leg in its address or its port"));
  }
  return problems;
};

/** Rules between the two legs of an output. */
export const checkRedundantSender = (config: SenderLeg & { redundancy?: SenderLeg | undefined }): Problem[] => {
  const second = config.redundancy;
  if (second === undefined) {
    return [];
  }
  const problems = within(checkSender(second));
  const isWayOfItsOwn = second.bind_addr !== config.bind_addr || second.interface_addr !== config.interface_addr;
  if (familyOf(config.dest_addr) !== familyOf(second.dest_addr)) {
    problems.push(problem("dest_addr", `must be an IPv${familyOf(config.dest_addr)} address like dest_addr of the first leg`));
  } else if (second.dest_addr === config.dest_addr && !isWayOfItsOwn) {
    problems.push(
      problem("dest_addr", "must differ from dest_addr of the first leg, or be reached by another bind_addr or interface_addr"),
    );
  }
  if (sharePort(config.bind_addr, second.bind_addr)) {
    problems.push(problem("bind_addr", "must differ from bind_addr of the first leg in its address or its port"));
  }
  return problems;
};

/** The local ports that both legs take. */
export const claimRedundant = (config: {
  bind_addr?: string | undefined;
  redundancy?: { bind_addr?: string | undefined } | undefined;
}): Claim[] => [
  ...claimUdp(config),
  ...(config.redundancy === undefined ? [] : claimUdp(config.redundancy).map((claim) => ({ ...claim, field: "redundancy.bind_addr" }))),
];

type Address = { host: string; port: number };

/** Whether two sockets would want the same datagrams. */
const overlap = (a: Address, b: Address): boolean =>
  a.port !== 0 && a.port === b.port && (a.host === b.host || isUnspecified(a.host) || isUnspecified(b.host));

/** Whether two local addresses, where they are given, would be one port. */
export const sharePort = (left: string | undefined, right: string | undefined): boolean => {
  const [a, b] = [splitAddress(left ?? ""), splitAddress(right ?? "")];
  return a !== undefined && b !== undefined && overlap(a, b);
};

/** One group may be joined twice where the interface or the sender is another. */
const sameGroupElsewhere = (first: ReceiverLeg, second: ReceiverLeg, group: string): boolean =>
  isMulticast(group) && (first.interface_addr !== second.interface_addr || first.source_addr !== second.source_addr);

const familyOf = (address: string): 4 | 6 => (isIpv4(splitAddress(address)?.host ?? "") ? 4 : 6);

const problem = (field: string, message: string): Problem => ({ path: ["redundancy", field], message });

const within = (problems: readonly Problem[]): Problem[] => problems.map((each) => ({ ...each, path: ["redundancy", ...each.path] }));
