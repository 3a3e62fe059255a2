/** Written as people do, wherever they stand in a name. */
const CAPITALS = new Set(
  "aes ansi api arp bw cbr ctr fec gcm cpu cols dscp fec fps gpu http https id ip km mss nat nic pcr pid pids pmt psi ptp ram rtmp rtp rtt sdi srt ssl tcp tls tos ts ttl udp url utc vbr vlan".split(
    " ",
  ),
);

/** Units end the names of fields; the field says them beside the number. */
const UNITS = /_(ms|us|secs|seconds|mbps|kbps|bps|bytes|hz|dbfs)$/;

/** `max_bitrate_mbps` is Max bitrate, `aes-ctr` is AES-CTR, `target_ms` is Target ms. */
export const wordsOf = (name: string): string => {
  const parts = (name.split("_").length > 2 ? name.replace(UNITS, "") : name).split("_").filter((part) => part !== "");
  const words = parts.map((part) =>
    part
      .split("-")
      .map((piece) => (CAPITALS.has(piece.toLowerCase()) ? piece.toUpperCase() : piece))
      .join("-"),
  );
  const text = words.join(" ");
  return text.slice(0, 1).toUpperCase() + text.slice(1);
};
