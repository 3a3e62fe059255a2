import { createHash } from "node:crypto";
import type { Layout } from "./layout.ts";

/** What the server is told at its start, beside what `initdb` wrote. */
export type Settings = Readonly<Record<string, string>>;

/**
 * A server for one manager on a machine that has other work: durable as PostgreSQL can be, small where that costs
 * nothing that a control plane would notice.
 */
const SETTINGS: Settings = {
  // No network at all: what is not there needs no password.
  listen_addresses: "",
  unix_socket_permissions: "0700",
  port: "5432",
  max_connections: "60",

  // What was acknowledged is on the disk.
  fsync: "on",
  synchronous_commit: "on",
  full_page_writes: "on",
  restart_after_crash: "on",

  // Memory and processes. Workers that read ahead and workers of parallel queries serve data that does not fit in memory.
  shared_buffers: "32MB",
  effective_cache_size: "256MB",
  huge_pages: "off",
  io_method: "sync",
  jit: "off",
  max_parallel_workers_per_gather: "0",
  autovacuum_max_workers: "1",
  max_wal_size: "256MB",
  min_wal_size: "32MB",
  checkpoint_timeout: "15min",

  // No replica hangs on it.
  wal_level: "minimal",
  max_wal_senders: "0",
  max_logical_replication_workers: "0",

  // A client that is gone or forgets its transaction holds locks for seconds, not for ever.
  client_connection_check_interval: "2s",
  idle_in_transaction_session_timeout: "60s",

  timezone: "UTC",
  log_timezone: "UTC",
  lc_messages: "C",

  // What the server does, not what clients got wrong: a refused statement has values in it, and some are secrets.
  log_min_messages: "log",
  log_min_error_statement: "panic",
  log_error_verbosity: "terse",
  log_checkpoints: "off",
  log_line_prefix: "%m [%p] ",
};

/** Settings of one server. Its name holds a digest of them all, by which a later start sees whether a running server is what it would start. */
export const settingsOf = (layout: Layout, version: string, overrides: Settings = {}): Settings => {
  const settings = { ...SETTINGS, ...overrides, unix_socket_directories: layout.sockets };
  const digest = createHash("sha256")
    .update(JSON.stringify([version, settings]))
    .digest("hex");
  return { ...settings, cluster_name: `bilbycast-${digest.slice(0, 12)}` };
};

export const argumentsOf = (settings: Settings): string[] =>
  Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
