/**
 * Whether a field of a node's configuration is a secret, by the last step of its path (`outputs[0].passphrase`,
 * `/outputs/main/stream_key`): also where no schema says so, as in JSON that somebody typed.
 */
export const isSecretName = (path: string): boolean =>
  /(^|_)(passphrase|password|secret|token|key|psk|pem)$/i.test(path.slice(Math.max(path.lastIndexOf("/"), path.lastIndexOf(".")) + 1));

/** The value as JSON, with every secret in it only said to be set. */
export const jsonWithoutSecrets = (value: unknown, indent?: number): string =>
  JSON.stringify(value, (key, member: unknown) => (isSecretName(key) && typeof member === "string" ? "set" : member), indent);
