/** The 4 or 16 bytes, in network order, of an address that was checked before; the scope behind `%` is not part of them. */
export const ipBytes = (host: string): number[] => {
  if (!host.includes(":")) {
    return host.split(".").map(Number);
  }
  const [bare = ""] = host.split("%");
  const [left = "", right] = bare.split("::");
  const head = groupBytes(left);
  const tail = right === undefined ? [] : groupBytes(right);
  return [...head, ...Array.from({ length: 16 - head.length - tail.length }, () => 0), ...tail];
};

const groupBytes = (text: string): number[] =>
  text === ""
    ? []
    : text.split(":").flatMap((group) => {
        if (group.includes(".")) {
          return group.split(".").map(Number);
        }
        const value = Number.parseInt(group, 16);
        return [value >> 8, value & 0xff];
      });
