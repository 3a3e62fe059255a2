import { mutationTests } from "@bilbycast/testkit/srt";

mutationTests("receivers-with-keys");
