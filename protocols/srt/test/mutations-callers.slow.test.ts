import { mutationTests } from "@bilbycast/testkit/srt";

mutationTests("callers");
