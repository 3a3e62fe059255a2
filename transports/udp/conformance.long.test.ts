import { conformingInput, conformingOutput } from "@bilbycast/testkit/conformance";
import { tsUnit } from "@bilbycast/testkit/streams";

const BACKENDS = ["koffi", "ffi", "dgram"] as const;

conformingInput(
  {
    kind: "udp",
    listenOn: (bind_addr) => ({ bind_addr }),
    datagram: (n) => tsUnit(n),
    rubbish: [new Uint8Array(0), Uint8Array.of(1, 2, 3), new Uint8Array(1_316).fill(0x55)],
    clash: "udp_bind_failed",
  },
  BACKENDS,
);

conformingOutput(
  {
    kind: "udp",
    sendTo: (dest_addr, bind_addr) => ({ dest_addr, bind_addr }),
    refusal: { interface_binding: { name: "nosuch0", strict: true } },
    clash: "udp_output_failed",
  },
  BACKENDS,
);
