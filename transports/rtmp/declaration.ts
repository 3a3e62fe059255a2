import { counter, declare, gauge, secret, serverUrl } from "@bilbycast/engine/transport/declare";
import { z } from "zod";

export const declaration = declare({
  kind: "rtmp",
  title: "RTMP: publishes one program to a server",
  runsOn: "session",
  takes: ["ts"],
  output: z.object({
    dest_url: serverUrl({ rtmp: 1_935, rtmps: 443 }, "rtmp://live.example.com/app or rtmps://live.example.com/app").meta({
      title: "Server",
      description: "The server and the application on it: rtmp:// over TCP, port 1935; rtmps:// over TLS, port 443.",
    }),
    stream_key: secret(
      z
        .string()
        .min(1, { error: "must not be empty: it is the name under which the server takes the stream" })
        .max(256)
        .refine((key) => key.isWellFormed(), { error: "must be text" })
        .meta({ title: "Stream key", description: "The name of the stream, which is also what lets one publish it." }),
    ),
    reconnect_delay_secs: z
      .int()
      .min(1)
      .max(86_400)
      .default(5)
      .meta({ title: "Reconnect delay", unit: "s", description: "Time from the end of a connection, or of an attempt, to the next." }),
    max_reconnect_attempts: z.int().min(0).optional().meta({
      title: "Reconnect attempts",
      description:
        "Attempts in a row without success after which the output stays closed until it is changed or its flow starts anew. Without end when absent.",
    }),
    program_number: z
      .int({ error: "must be a whole number from 1 to 65535" })
      .min(1, { error: "must be 1 to 65535: program number 0 is reserved for the network information table" })
      .max(65_535)
      .optional()
      .meta({
        title: "Program",
        description: "The program whose picture and sound are published; the one with the lowest number when absent.",
      }),
  }),
  stats: {
    packetsSent: counter("messages", "Pictures and frames of sound that were handed to the connection.", "output"),
    bytesSent: counter("bytes", "Bytes that were handed to the connection.", "output"),
    videoFramesSent: counter("frames", "Pictures that were handed to the connection.", "output"),
    audioFramesSent: counter("frames", "Frames of sound that were handed to the connection.", "output"),
    framesDropped: counter(
      "frames",
      "Pictures and frames of sound given up because the server was too slow, or because the source jumped and no key frame had come since.",
      "output",
    ),
    framesUnconnected: counter(
      "frames",
      "Pictures and frames of sound that came while nothing was published, or before a key frame.",
      "output",
    ),
    framesBroken: counter("frames", "Pictures and frames of sound that came with parts missing, or could not be read.", "output"),
    timelineJumps: counter("times", "The clock of the source jumped; the time stamps sent went on without a gap.", "output"),
    connections: counter("times", "Connections over which publishing began.", "output"),
    connectionsFailed: counter("times", "Attempts that did not come to publishing.", "output"),
    connectionsLost: counter("times", "Connections that ended while something was published.", "output"),
    publishing: gauge("connections", "1 while the server takes the stream.", "output"),
    queuedBytes: gauge("bytes", "Pictures and sound that wait for the server.", "output"),
    programAbsent: gauge("programs", "1 while the source lacks the program.", "output"),
  },
  faults: {},
  events: {
    rtmp_connected: "The server takes the stream.",
    rtmp_disconnected: "A connection over which the stream was published has ended; the output connects again.",
    rtmp_refused: "The server did not take the stream; the details say why. It is tried again, and told anew when the reason changes.",
    rtmp_connect_failed:
      "There is no connection to the server; the details say why. It is tried again, and told anew when the reason changes.",
    rtmp_gave_up: "As many attempts as are allowed have failed; the output stays closed.",
    rtmp_server_slow: "The server does not take the stream as fast as it comes; pictures were given up, up to the next key frame.",
    rtmp_stream_unsupported: "A stream of the program cannot be sent over RTMP, which carries H.264, HEVC and AAC; the rest is sent.",
  },
});
