import type { Subject } from "@bilbycast/contracts/manager-api";

/** Who made a request, as far as that is known. */
export type Caller = {
  readonly subject: Subject;
  readonly userId: string;
  /** As it goes into the audit: the user name. */
  readonly name: string;
  readonly platformRole: Subject["platform_role"];
  /** Of a browser's session. */
  readonly sessionId: string | undefined;
  /** Of a program's token. */
  readonly tokenId: string | undefined;
  readonly mustChangePassword: boolean;
};

/** Where a request came from, for the audit and for limits. */
export type Origin = { readonly ipAddress: string; readonly userAgent: string };
