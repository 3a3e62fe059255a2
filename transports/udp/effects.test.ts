import { after, before } from "node:test";
import { DatagramEffects, effectOf, observedIn, Stage, TsOutputEffects } from "@bilbycast/testkit/conformance";
import { tsUnit } from "@bilbycast/testkit/streams";

const NETWORK = "apps/edge/test/network.slow.test.ts";

let stage: Stage;
before(async () => {
  stage = await Stage.start("auto");
});
after(() => stage.stop());

const effects = new DatagramEffects(
  "udp",
  (n) => tsUnit(n),
  () => stage,
);

const tsEffects = new TsOutputEffects({ kind: "udp", wrap: (_, unit) => unit, unwrap: (datagram) => datagram }, () => stage);

effectOf("input.bind_addr", "where datagrams are received", effects.bindAddr);
effectOf("input.interface_addr", "the only address that is listened on, where every one could be", effects.inputInterface);
effectOf("input.allowed_sources", "who is passed on, and who is counted as refused", effects.allowedSources);
effectOf("input.max_bitrate_mbps", "what is beyond it is dropped and counted", effects.maxBitrate);
effectOf("input.ingress_delay_ms", "how long a unit waits before it goes on", effects.ingressDelay);
observedIn("input.source_addr", NETWORK, "groups of both families are joined, heard from whom they should");
observedIn("input.interface_binding.name", NETWORK, "a bound input hears its own interface and not the loopback");
observedIn("input.interface_binding.strict", NETWORK, '["udp_bind_failed", "rtp_bind_failed"]');

effectOf("output.dest_addr", "where datagrams go", effects.destAddr);
effectOf("output.bind_addr", "where datagrams come from", effects.sentFrom);
effectOf("output.interface_addr", "the address that datagrams come from", effects.outputInterface);
effectOf("output.delay.ms", "how long packets wait", effects.delay(150, { mode: "fixed", ms: 150 }));
effectOf("output.delay.mode", "a target is counted from the arrival too", effects.delay(150, { mode: "target_ms", ms: 150 }));
effectOf("output.delay.frames", "frames of 40 ms", effects.delay(160, { mode: "target_frames", frames: 4 }));
effectOf("output.delay.fallback_ms", "in place of frames", effects.delay(200, { mode: "target_frames", frames: 0, fallback_ms: 200 }));
effectOf("output.program_number", "the only program that is sent", tsEffects.programNumber);
effectOf("output.pid_overrides", "the PIDs that a program's map and streams leave under", tsEffects.pidOverrides);
effectOf("output.pid_map", "the PIDs that others become", tsEffects.pidMap);
effectOf("output.cbr_pad_to_kbps", "null packets make up the rate", tsEffects.constantRate);
observedIn("output.interface_binding.name", NETWORK, "a socket that is bound to another interface is not on the wire");
observedIn("output.interface_binding.strict", "transports/udp/conformance.long.test.ts", "strict: true");
observedIn("output.ttl", NETWORK, "tcpdump sees what outputs were asked for: code point, hops");
observedIn("output.dscp", NETWORK, "tcpdump sees what outputs were asked for: code point");
observedIn("output.trains", NETWORK, "without trains each datagram is alone");
