import { selfTest } from "./self-test.ts";
import type { BackendName } from "./backends.ts";

process.stdout.write(JSON.stringify(selfTest(process.argv[2] as BackendName)));
