export { authority, type CertificateKind } from "./certificates.ts";
export { type Frame, type ManagerSession } from "./manager-session.ts";
export { ScriptedManager } from "./scripted-manager.ts";
