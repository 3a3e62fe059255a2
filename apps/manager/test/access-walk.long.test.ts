import { testWalk } from "./walk/test-walk.ts";

testWalk(0, 2);
