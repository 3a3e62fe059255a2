import type { ConnectionOptions } from "node:tls";

/** How to get to a database, whoever runs it. It has a password in it where there is one: it is never printed. */
export type ConnectionTarget = {
  /** A name, an address, or the folder of a Unix socket. */
  host: string;
  port: number;
  user: string;
  database: string;
  password?: string;
  ssl?: ConnectionOptions | false;
};
