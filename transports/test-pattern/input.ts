import type { OpenSessionInput } from "@bilbycast/engine/transport";
import type { declaration } from "./declaration.ts";
import { TestSource } from "./test-source.ts";

/** Makes the test signal; see `TestSource`. */
export const openInput: OpenSessionInput<typeof declaration> = (config, context) => new TestSource(config, context);
