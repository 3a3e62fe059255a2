/** Three characters as they are, of ISO 639 or ISO 3166; what is sent need be no letters. */
export const languageCode = (bytes: Uint8Array, at: number): string => String.fromCharCode(...bytes.subarray(at, at + 3));

/** Writes three bytes; a code that is shorter is filled up with spaces. */
export const writeLanguageCode = (bytes: Uint8Array, at: number, code: string): void => {
  for (let i = 0; i < 3; i++) {
    const character = code.charCodeAt(i);
    bytes[at + i] = character <= 0xff ? character : 0x20;
  }
};
