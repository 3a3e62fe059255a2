import { mutationTests } from "@bilbycast/testkit/srt";

mutationTests("senders-with-keys");
