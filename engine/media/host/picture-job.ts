import { decodeRequest, encodePictureHead, type PictureSpec } from "../jobs.ts";
import { FROM_HOST, jsonOf, TO_HOST } from "../wire.ts";
import type { Codecs, PictureDecoder } from "./codecs.ts";
import type { HostJob, Say } from "./host-job.ts";
import { PictureWatch } from "./picture-facts.ts";

/** Makes JPEGs of access units. */
export class PictureJob implements HostJob {
  readonly #decoder: PictureDecoder;
  readonly #watch: PictureWatch;
  readonly #say: Say;

  private constructor(decoder: PictureDecoder, spec: PictureSpec, say: Say) {
    this.#decoder = decoder;
    this.#watch = new PictureWatch(spec.width, spec.height);
    this.#say = say;
  }

  static async open(codecs: Codecs, spec: PictureSpec, say: Say): Promise<PictureJob> {
    return new PictureJob(await codecs.openDecoder(spec), spec, say);
  }

  async take(kind: number, body: Uint8Array): Promise<void> {
    const request = kind === TO_HOST.decode ? decodeRequest(body) : undefined;
    if (request === undefined) {
      throw new Error("a job of pictures was given what is no request");
    }
    const { number, wanted, units } = request;
    try {
      const picture = await this.#decoder.decode(units, wanted);
      if (picture !== undefined) {
        const { jpeg, luma, width, height } = picture;
        this.#say(FROM_HOST.picture, encodePictureHead({ request: number, width, height, ...this.#watch.look(luma) }), jpeg);
      } else if (wanted) {
        this.#say(FROM_HOST.noPicture, jsonOf({ request: number, message: "nothing that was given is a picture" }));
      }
    } catch (error) {
      this.#say(FROM_HOST.noPicture, jsonOf({ request: number, message: error instanceof Error ? error.message : String(error) }));
    }
  }

  close(): void {
    this.#decoder.close();
  }
}
