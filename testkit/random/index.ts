export { chance, fillRandom, integer, seeded, type Random } from "./seeded.ts";
