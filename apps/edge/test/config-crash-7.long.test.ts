import { testConfigCrash } from "./test-config-crash.ts";

testConfigCrash(7);
