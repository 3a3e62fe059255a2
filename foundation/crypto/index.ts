export type { CipherMode, Crypto, PacketCipher } from "./crypto.ts";
