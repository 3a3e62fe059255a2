import type { FecShape } from "./packet-filter.ts";

/** Which groups a packet belongs to. Places count packets from the first one of the connection. */
export class FecGeometry {
  readonly columns: number;
  /** Packets in a column; 1 without columns. */
  readonly height: number;
  readonly hasRows: boolean;
  readonly hasColumns: boolean;
  /** Where column c begins in its series. */
  readonly #offset: Uint32Array;

  constructor({ columns, rows, layout }: FecShape) {
    this.columns = columns;
    this.height = Math.abs(rows);
    this.hasRows = rows > 0;
    this.hasColumns = this.height > 1;
    // In a staircase the columns end one after the other, not all at once.
    this.#offset = Uint32Array.from({ length: columns }, (_, c) => c + (layout === "staircase" ? columns * (c % this.height) : 0));
  }

  /** Packets of one series of columns. */
  get series(): number {
    return this.columns * this.height;
  }

  rowOf(place: number): number {
    return Math.floor(place / this.columns);
  }

  /** First place of a row. */
  rowStart(row: number): number {
    return row * this.columns;
  }

  /** Number of the column group that a place belongs to; below 0 for the first packets of a staircase, which have none. */
  columnOf(place: number): number {
    const column = place % this.columns;
    const distance = place - (this.#offset[column] ?? 0);
    return distance < 0 ? -1 : Math.floor(distance / this.series) * this.columns + column;
  }

  /** First place of a column group. */
  columnStart(group: number): number {
    const column = group % this.columns;
    return Math.floor(group / this.columns) * this.series + (this.#offset[column] ?? 0);
  }

  isLastOfRow(place: number): boolean {
    return place % this.columns === this.columns - 1;
  }

  isLastOfColumn(place: number): boolean {
    const group = this.columnOf(place);
    return group >= 0 && place === this.columnStart(group) + (this.height - 1) * this.columns;
  }
}
