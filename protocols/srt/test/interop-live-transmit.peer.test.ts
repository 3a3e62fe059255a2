import { interopTests, LIVE_TRANSMIT } from "@bilbycast/testkit/srt";

interopTests(LIVE_TRANSMIT);
