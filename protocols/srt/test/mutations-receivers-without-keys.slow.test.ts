import { mutationTests } from "@bilbycast/testkit/srt";

mutationTests("receivers-without-keys");
