export { HeapMemory } from "./heap-memory.ts";
export { bytesOf, TestIntake } from "./intake.ts";
