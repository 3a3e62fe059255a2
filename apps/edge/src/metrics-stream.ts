import type { FlowStats, MediaAnalysisAnswer, MetricName, Tr101290Stats } from "@bilbycast/contracts/edge-api";

/** Takes samples by the names of their families. */
type Page = { put(name: MetricName, labels: readonly string[], value: number): void };

/** What the analysers say of a flow's active input, as far as they were asked. */
export const putStream = (page: Page, { flow_id: flowId, tr101290, media_analysis: media }: FlowStats): void => {
  if (tr101290 !== undefined) {
    putChecks(page, flowId, tr101290);
  }
  if (media !== undefined) {
    putMedia(page, flowId, media);
  }
};

const putChecks = (page: Page, flowId: string, checks: Tr101290Stats): void => {
  const put = (name: MetricName, value: number): void => page.put(name, [flowId], value);
  put("tr101290_ts_packets_total", checks.ts_packets_analyzed);
  put("tr101290_sync_losses_total", checks.sync_loss_count);
  put("tr101290_sync_byte_errors_total", checks.sync_byte_errors);
  put("tr101290_cc_errors_total", checks.cc_errors);
  put("tr101290_pat_errors_total", checks.pat_errors);
  put("tr101290_pmt_errors_total", checks.pmt_errors);
  put("tr101290_pid_errors_total", checks.pid_errors);
  put("tr101290_tei_errors_total", checks.tei_errors);
  put("tr101290_crc_errors_total", checks.crc_errors);
  put("tr101290_pcr_repetition_errors_total", checks.pcr_repetition_errors);
  put("tr101290_pcr_discontinuity_errors_total", checks.pcr_discontinuity_errors);
  put("tr101290_pcr_accuracy_errors_total", checks.pcr_accuracy_errors);
  put("tr101290_pts_errors_total", checks.pts_errors);
  put("tr101290_priority1_ok", checks.priority1_ok ? 1 : 0);
  put("tr101290_priority2_ok", checks.priority2_ok ? 1 : 0);
  if (checks.mdi !== undefined) {
    put("mdi_delay_factor_ms", checks.mdi.delay_factor_ms);
    put("mdi_media_loss_rate", checks.mdi.media_loss_rate);
  }
};

const putMedia = (page: Page, flowId: string, media: MediaAnalysisAnswer): void => {
  for (const video of media.video_streams) {
    const stream = [flowId, String(video.pid)];
    page.put("media_video_info", [...stream, video.codec, video.resolution ?? "", video.profile ?? "", video.level ?? ""], 1);
    if (video.frame_rate !== undefined) {
      page.put("media_video_framerate", stream, video.frame_rate);
    }
  }
  for (const audio of media.audio_streams) {
    const words = [audio.codec, textOf(audio.sample_rate_hz), textOf(audio.channels), audio.language ?? ""];
    page.put("media_audio_info", [flowId, String(audio.pid), ...words], 1);
  }
  const kinds = [
    ["video", media.video_streams],
    ["audio", media.audio_streams],
    ["subtitle", media.subtitle_streams],
    ["scte35", media.scte35_streams],
    ["data", media.data_streams],
  ] as const;
  for (const [type, streams] of kinds) {
    for (const { pid, bitrate_bps: bitrate } of streams) {
      page.put("media_pid_bitrate_bps", [flowId, String(pid), type], bitrate);
    }
  }
  page.put("media_total_bitrate_bps", [flowId], media.total_bitrate_bps);
};

const textOf = (value: number | undefined): string => (value === undefined ? "" : String(value));
