import { interopTests, FFMPEG } from "@bilbycast/testkit/srt";

interopTests(FFMPEG);
