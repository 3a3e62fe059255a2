/** What a table's content was: the version_number under which it was sent last, and a checksum of each of its sections. */
export class TableVersion {
  #own: number | undefined;
  #source: number | undefined;
  readonly #contents = new Map<number, number>();

  /**
   * version_number (0 to 31) of a section whose content, version aside, has that checksum. It counts up when the content changes, and
   * when the source's version does; the first one is the source's. `source` is `undefined` for a table that the source does not version.
   */
  next(source: number | undefined, sectionNumber: number, content: number): number {
    const known = this.#contents.get(sectionNumber);
    const isNew = this.#own === undefined;
    const versioned = source !== undefined && this.#source !== undefined && source !== this.#source;
    if (!isNew && (versioned || (known !== undefined && known !== content))) {
      this.#own = ((this.#own ?? 0) + 1) & 0x1f;
      this.#contents.clear();
    }
    this.#own ??= source ?? 0;
    this.#source = source ?? this.#source;
    this.#contents.set(sectionNumber, content);
    return this.#own;
  }
}
