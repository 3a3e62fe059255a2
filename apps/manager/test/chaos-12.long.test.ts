import { testChaos } from "./test-chaos.ts";

testChaos(12);
