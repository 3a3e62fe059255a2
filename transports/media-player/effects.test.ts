import { observedIn } from "@bilbycast/testkit/conformance";

const INPUT = "transports/media-player/test/input.test.ts";

observedIn("input.sources", INPUT, "sources follow each other in their order, and their index is a gauge");
observedIn("input.sources.name", INPUT, "a missing source is passed over, and reported once until it is back");
observedIn("input.sources.kind", "transports/media-player/test/declaration.test.ts", "kinds that this version does not play are named");
observedIn("input.loop_playback", INPUT, "without loop_playback the last source ends it");
observedIn("input.shuffle", INPUT, "shuffle plays every source once per round");
observedIn("input.paced_bitrate_bps", INPUT, "paced_bitrate_bps takes the place of the file's own rate");
observedIn("input.ts_packets_per_datagram", INPUT, "ts_packets_per_datagram is the size of the units");
