import type { Microseconds } from "@bilbycast/foundation/time";
import type { CatalogueProgram, Descriptor, ElementaryStream, PsiCatalogue } from "@bilbycast/protocols/mpegts";
import { languagesOf } from "./media/stream-descriptors.ts";
import { identify, type StreamKind } from "./media/stream-identity.ts";
import { wireText } from "./wire-text.ts";

/** What a transport stream carries by its own tables, in the words of the API. */
export type CatalogueForm = {
  programs: CatalogueProgramForm[];
  transport_stream_id?: number;
  /** Microseconds; 0: nothing was said yet. */
  last_updated_us: number;
};

export type CatalogueProgramForm = {
  program_number: number;
  pmt_pid: number;
  pcr_pid?: number;
  service_name?: string;
  provider?: string;
  streams: CatalogueStreamForm[];
};

export type CatalogueStreamForm = {
  pid: number;
  stream_type: number;
  codec: string;
  kind: StreamKind;
  language?: string;
  /** The stream's descriptors as they stand in the program map. */
  descriptors_hex?: string;
};

const NO_PCR = 0x1fff;

/** Renders the catalogue. `clockOffset` is added to the time of its last change, so that this is a time of day. */
export const catalogueForm = (catalogue: PsiCatalogue, clockOffset: Microseconds = 0): CatalogueForm => {
  const { changedAt, transportStreamId } = catalogue;
  return {
    programs: catalogue.programs().map(programForm),
    ...(transportStreamId === undefined ? {} : { transport_stream_id: transportStreamId }),
    last_updated_us: changedAt === undefined ? 0 : Math.round(changedAt + clockOffset),
  };
};

const programForm = ({
  programNumber,
  programMapPid,
  pcrPid,
  service,
  programInfo,
  elementaryStreams,
}: CatalogueProgram): CatalogueProgramForm => ({
  program_number: programNumber,
  pmt_pid: programMapPid,
  ...(pcrPid === NO_PCR ? {} : { pcr_pid: pcrPid }),
  ...(service?.name === undefined ? {} : { service_name: wireText(service.name) }),
  ...(service?.providerName === undefined ? {} : { provider: wireText(service.providerName) }),
  streams: elementaryStreams.map((stream) => streamForm(stream, programInfo)),
});

const streamForm = ({ pid, streamType, descriptors }: ElementaryStream, programInfo: readonly Descriptor[]): CatalogueStreamForm => {
  const { kind, codec } = identify(streamType, descriptors, programInfo);
  const [language] = languagesOf(descriptors);
  return {
    pid,
    stream_type: streamType,
    codec,
    kind,
    ...(language === undefined ? {} : { language }),
    ...(descriptors.length === 0 ? {} : { descriptors_hex: descriptors.map(descriptorHex).join("") }),
  };
};

const descriptorHex = ({ tag, data }: Descriptor): string =>
  [tag, data.length, ...data].map((byte) => byte.toString(16).padStart(2, "0")).join("");
