export { ByteSink } from "./byte-sink.ts";
export { chromiumPath } from "./chromium-path.ts";
export { difference } from "./difference.ts";
export { dvblast, type DvblastOutput } from "./dvblast.ts";
export { ffmpegMultiplex, ffmpegTwoFilms, MULTIPLEX_PIDS, probedPrograms, type ProbedProgram } from "./ffmpeg-multiplex.ts";
export { EdgeByLine } from "./edge-by-line.ts";
export {
  complaintsOf,
  CONSTANT_RATE,
  dtsOf,
  ffmpegConstantFile,
  ffmpegDecoder,
  ffmpegFile,
  ffmpegTwinSender,
  ffmpegRtpReceiver,
  ffmpegSender,
  ffmpegUdpReceiver,
  hashesIn,
  pictureHashes,
  videoHashes,
  type FfmpegSource,
} from "./ffmpeg.ts";
export { ffmpegLiveFile, ffmpegPlayer, framesOf, type LiveFile } from "./ffmpeg-live.ts";
export { LaunchedEdge, type LaunchedFlow, type LaunchedFlowStats } from "./launched-edge.ts";
export { multicatReceiver, multicatSender } from "./multicat.ts";
export { ffmpegFilm, ffmpegRtmpServer, soundHashes, type Film } from "./ffmpeg-film.ts";
export { nginxRtmp, recordingsIn } from "./nginx-rtmp.ts";
export { TlsFront } from "./tls-front.ts";
export { paceOf, type Arrival } from "./pace.ts";
export { peer, type Peer, type PeerOptions } from "./peer.ts";
export { POLICY_WATCH } from "./policy-watch.ts";
export { freePorts } from "./ports.ts";
export { boundUdpPorts, descendantsOf, isAlive, programBelow } from "./processes.ts";
export { socatReceiver, socatSend } from "./socat.ts";
export { Stage } from "./stage.ts";
export { vlcRtpReceiver, vlcUdpReceiver } from "./vlc.ts";
export { waitFor } from "./wait-for.ts";
