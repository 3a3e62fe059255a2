import type { Health } from "@bilbycast/contracts/edge-api";

/** How the connection to the manager stands. */
export type LinkState = NonNullable<Health["manager"]>;
