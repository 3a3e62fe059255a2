import { observedIn } from "@bilbycast/testkit/conformance";

const OUTPUT = "transports/rtmp/test/rtmp-output.test.ts";

observedIn("output.dest_url", OUTPUT, "it waits for a key frame, connects where it was told to");
observedIn("output.stream_key", OUTPUT, 'assert.equal(publish?.[3], "the-key")');
observedIn("output.reconnect_delay_secs", OUTPUT, "after reconnect_delay_secs it connects again, and not before");
observedIn("output.max_reconnect_attempts", OUTPUT, "after max_reconnect_attempts nothing is tried");
observedIn("output.program_number", "apps/edge/test/peers/multiplex.shared.peer.test.ts", "the seed's example as it is written");
