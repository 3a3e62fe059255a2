export { readIdentity, TlsFiles, type Identity, type TlsHolder } from "./tls-files.ts";
