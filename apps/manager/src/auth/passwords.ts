import { argon2, randomBytes, timingSafeEqual } from "node:crypto";

/** OWASP's minimum for Argon2id, which a login must be able to pay several of at once. m in KiB. RFC 9106. */
const PARAMETERS = { m: 19_456, t: 2, p: 1 };
const SALT_BYTES = 16;
const HASH_BYTES = 32;

/** Hashes at a time: each takes 19 MiB and a thread, and a crowd at the door must not take all. */
const MOST_AT_ONCE = 4;

/** A password as it is kept: PHC string format. */
export const hashPassword = async (password: string): Promise<string> => {
  const salt = randomBytes(SALT_BYTES);
  const hash = await derive(password, salt, PARAMETERS);
  return `$argon2id$v=19$m=${PARAMETERS.m},t=${PARAMETERS.t},p=${PARAMETERS.p}$${unpadded(salt)}$${unpadded(hash)}`;
};

/** Takes as long when there is no such person (`undefined`), or their hash is none, as when the password is wrong. */
export const isPassword = async (password: string, kept: string | undefined): Promise<boolean> => {
  const own = PHC.exec(kept ?? "");
  const [, m, t, p, salt = "", hash = ""] = own ?? PHC.exec(NOBODYS) ?? [];
  const expected = Buffer.from(hash, "base64");
  const given = await derive(password, Buffer.from(salt, "base64"), { m: Number(m), t: Number(t), p: Number(p) });
  return own !== null && given.length === expected.length && timingSafeEqual(given, expected);
};

const PHC = /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{43})$/;

/** Of no password; only its parameters count. */
const NOBODYS = `$argon2id$v=19$m=${PARAMETERS.m},t=${PARAMETERS.t},p=${PARAMETERS.p}$${"A".repeat(22)}$${"A".repeat(43)}`;

const unpadded = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64").replace(/=+$/, "");

let running = 0;
const waiting: (() => void)[] = [];

const derive = async (password: string, nonce: Uint8Array, { m, t, p }: { m: number; t: number; p: number }): Promise<Buffer> => {
  if (running >= MOST_AT_ONCE) {
    // Whoever ends hands over the place.
    await new Promise<void>((resolve) => waiting.push(resolve));
  } else {
    running += 1;
  }
  try {
    return await new Promise<Buffer>((resolve, reject) => {
      const message = Buffer.from(password.normalize("NFKC"), "utf8");
      argon2("argon2id", { message, nonce, parallelism: p, tagLength: HASH_BYTES, memory: m, passes: t }, (error, hash) =>
        error === null ? resolve(hash) : reject(error),
      );
    });
  } finally {
    const next = waiting.shift();
    if (next === undefined) {
      running -= 1;
    } else {
      next();
    }
  }
};
