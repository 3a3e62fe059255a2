import { interopTests, GSTREAMER } from "@bilbycast/testkit/srt";

interopTests(GSTREAMER);
