export { seededCrypto } from "./seeded-crypto.ts";
