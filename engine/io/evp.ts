import koffi from "koffi";
import { FfiAddresses } from "./ffi-addresses.ts";
import { loadFfi } from "./load-ffi.ts";

/** The cipher functions of the OpenSSL that the runtime itself is linked with. Addresses are plain numbers. */
export type Evp = {
  newContext(): number;
  freeContext(context: number): void;
  /** Address of a cipher's description: `aes_128_ctr`. */
  cipher(name: EvpCipher): number;
  /** A zero for cipher or key leaves what was set before. 1 when it went well. */
  init(context: number, cipher: number, key: number, iv: number, encrypt: number): number;
  /** `output` 0: the input is proved and not encrypted. */
  update(context: number, output: number, outputLength: number, input: number, length: number): number;
  final(context: number, output: number, outputLength: number): number;
  control(context: number, command: number, argument: number, target: number): number;
  /** Native address of a view's first byte. */
  address(view: Uint8Array): number;
};

const CIPHERS = ["aes_128_ctr", "aes_192_ctr", "aes_256_ctr", "aes_128_gcm", "aes_192_gcm", "aes_256_gcm"] as const;
export type EvpCipher = (typeof CIPHERS)[number];

/** Throws when the runtime shows no such functions: then `nodeCrypto` serves. */
export const loadEvp = (): Evp => {
  const library = koffi.load(null);
  const call = (prototype: string) => library.func(prototype) as unknown as (...values: number[]) => number;
  const free = call("void EVP_CIPHER_CTX_free(uintptr_t context)");
  const ciphers = new Map(CIPHERS.map((name) => [name, call(`uintptr_t EVP_${name}()`)()]));
  return {
    newContext: call("uintptr_t EVP_CIPHER_CTX_new()"),
    freeContext: (context) => void free(context),
    cipher: (name) => ciphers.get(name) ?? 0,
    init: withEngine(
      call("int EVP_CipherInit_ex(uintptr_t context, uintptr_t cipher, uintptr_t engine, uintptr_t key, uintptr_t iv, int encrypt)"),
    ),
    update: call("int EVP_CipherUpdate(uintptr_t context, uintptr_t output, uintptr_t outputLength, uintptr_t input, int length)"),
    final: call("int EVP_CipherFinal_ex(uintptr_t context, uintptr_t output, uintptr_t outputLength)"),
    control: call("int EVP_CIPHER_CTX_ctrl(uintptr_t context, int command, int argument, uintptr_t target)"),
    address: (view) => Number(koffi.address(view)),
  };
};

/** The same through `node:ffi`. Throws when this runtime has none. */
export const loadFfiEvp = (): Evp => {
  const ffi = loadFfi();
  const { functions: c } = ffi.dlopen(null, {
    EVP_CIPHER_CTX_new: { return: "uint64", arguments: [] },
    EVP_CIPHER_CTX_free: { return: "void", arguments: ["uint64"] },
    EVP_get_cipherbyname: { return: "uint64", arguments: ["string"] },
    EVP_CipherInit_ex: { return: "int32", arguments: ["uint64", "uint64", "uint64", "uint64", "uint64", "int32"] },
    EVP_CipherUpdate: { return: "int32", arguments: ["uint64", "uint64", "uint64", "uint64", "int32"] },
    EVP_CipherFinal_ex: { return: "int32", arguments: ["uint64", "uint64", "uint64"] },
    EVP_CIPHER_CTX_ctrl: { return: "int32", arguments: ["uint64", "int32", "int32", "uint64"] },
  } as const);
  const addresses = new FfiAddresses();
  const at = (address: number): bigint => addresses.of(address);
  return {
    newContext: () => Number(c.EVP_CIPHER_CTX_new()),
    freeContext: (context) => c.EVP_CIPHER_CTX_free(at(context)),
    cipher: (name) => Number(c.EVP_get_cipherbyname(name.replaceAll("_", "-"))),
    init: (context, cipher, key, iv, encrypt) => c.EVP_CipherInit_ex(at(context), at(cipher), 0n, at(key), at(iv), encrypt),
    update: (context, output, outputLength, input, length) =>
      c.EVP_CipherUpdate(at(context), at(output), at(outputLength), at(input), length),
    final: (context, output, outputLength) => c.EVP_CipherFinal_ex(at(context), at(output), at(outputLength)),
    control: (context, command, argument, target) => c.EVP_CIPHER_CTX_ctrl(at(context), command, argument, at(target)),
    address: (view) => Number(ffi.getRawPointer(view)),
  };
};

/** No engine of OpenSSL: the third argument is always 0. */
const withEngine =
  (init: (...values: number[]) => number): Evp["init"] =>
  (context, cipher, key, iv, encrypt) =>
    init(context, cipher, 0, key, iv, encrypt);
