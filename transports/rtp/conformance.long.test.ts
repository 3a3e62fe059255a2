import { conformingInput, conformingOutput } from "@bilbycast/testkit/conformance";
import { rtpPacket, tsUnit } from "@bilbycast/testkit/streams";

const BACKENDS = ["koffi", "ffi", "dgram"] as const;

conformingInput(
  {
    kind: "rtp",
    listenOn: (bind_addr) => ({ bind_addr }),
    datagram: (n) => rtpPacket(n),
    rubbish: [new Uint8Array(0), Uint8Array.of(0x80, 33), new Uint8Array(1_328).fill(0xff), tsUnit(1)],
    clash: "rtp_bind_failed",
  },
  BACKENDS,
);

conformingOutput(
  {
    kind: "rtp",
    sendTo: (dest_addr, bind_addr) => ({ dest_addr, bind_addr }),
    refusal: { interface_binding: { name: "nosuch0", strict: true } },
    clash: "rtp_output_failed",
  },
  BACKENDS,
);
