import { selfTest } from "./self-test.ts";

process.stdout.write(JSON.stringify(selfTest()));
