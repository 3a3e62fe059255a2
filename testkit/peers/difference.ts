/** Where what arrived is not what was sent, in a sentence; `undefined` when every byte is the same. */
export const difference = (arrived: Uint8Array, sent: Uint8Array): string | undefined => {
  const length = Math.min(arrived.length, sent.length);
  if (Buffer.compare(arrived.subarray(0, length), sent.subarray(0, length)) !== 0) {
    const at = arrived.findIndex((byte, i) => byte !== sent[i]);
    return `byte ${at} differs; ${arrived.length} arrived of ${sent.length} sent`;
  }
  return arrived.length === sent.length ? undefined : `${arrived.length} bytes arrived of ${sent.length}, all right as far as they go`;
};
