import { LONGEST_DESCRIPTOR, type Descriptor } from "./descriptors.ts";
import { readDvbText, writeDvbText } from "./dvb-text.ts";
import { writeLanguageCode } from "./language-code.ts";
import { joined } from "./section-table.ts";

/** descriptor_tag. EN 300 468 table 12. */
export const NETWORK_NAME = 0x40;
export const SERVICE = 0x48;
export const SHORT_EVENT = 0x4d;

/** service_descriptor. EN 300 468 §6.2.33. */
export type ServiceDescriptor = {
  /** Table 87: 0x01 television, 0x02 radio, 0x19 HD television, 0x1F HEVC. */
  serviceType: number;
  providerName: string;
  name: string;
};

/** short_event_descriptor. §6.2.37. */
export type ShortEvent = { /** ISO 639-2, three letters. */ language: string; name: string; text: string };

/** From what follows descriptor_length; what is cut off is empty. */
export const readServiceDescriptor = (data: Uint8Array): ServiceDescriptor => {
  const [providerName, at] = readText(data, 1);
  return { serviceType: data[0] ?? 0, providerName, name: readText(data, at)[0] };
};

/** What does not fit a descriptor is cut: first the name has its room, the provider what is left. */
export const writeServiceDescriptor = ({ serviceType, providerName, name }: ServiceDescriptor): Descriptor => {
  const nameBytes = writeDvbText(name, LONGEST_DESCRIPTOR - 3);
  const provider = writeDvbText(providerName, LONGEST_DESCRIPTOR - 3 - nameBytes.length);
  return { tag: SERVICE, data: joined(Uint8Array.of(serviceType, provider.length), provider, Uint8Array.of(nameBytes.length), nameBytes) };
};

/** From what follows descriptor_length; of the language only letters are taken. */
export const readShortEvent = (data: Uint8Array): ShortEvent => {
  const language = String.fromCharCode(...data.subarray(0, 3)).replaceAll(/[^A-Za-z]/g, "");
  const [name, at] = readText(data, 3);
  return { language, name, text: readText(data, at)[0] };
};

/** What does not fit a descriptor is cut: first the name has its room, the text what is left. */
export const writeShortEvent = ({ language, name, text }: ShortEvent): Descriptor => {
  const head = new Uint8Array(4);
  writeLanguageCode(head, 0, language);
  const nameBytes = writeDvbText(name, LONGEST_DESCRIPTOR - 5);
  const textBytes = writeDvbText(text, LONGEST_DESCRIPTOR - 5 - nameBytes.length);
  head[3] = nameBytes.length;
  return { tag: SHORT_EVENT, data: joined(head, nameBytes, Uint8Array.of(textBytes.length), textBytes) };
};

/** network_name_descriptor. §6.2.28. */
export const writeNetworkName = (name: string): Descriptor => ({ tag: NETWORK_NAME, data: writeDvbText(name, LONGEST_DESCRIPTOR) });

/** A text behind its length, and where the next field begins. */
const readText = (data: Uint8Array, at: number): [text: string, next: number] => {
  const end = Math.min(data.length, at + 1 + (data[at] ?? 0));
  return [readDvbText(data.subarray(at + 1, end)), end];
};
