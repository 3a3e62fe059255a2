import { testWalk } from "./walk/test-walk.ts";

testWalk(1, 2);
