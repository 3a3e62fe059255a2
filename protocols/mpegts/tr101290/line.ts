/** A straight line by least squares through points that are added one by one. Points near the first keep the sums small. */
export class Line {
  slope = 0;
  /** Height at x = 0. */
  base = 0;
  /** Standard error of the slope; infinite with fewer than three points. */
  slopeError = Infinity;
  #count = 0;
  #originX = 0;
  #originY = 0;
  #sumX = 0;
  #sumY = 0;
  #sumXX = 0;
  #sumXY = 0;
  #sumYY = 0;

  get count(): number {
    return this.#count;
  }

  clear(): void {
    this.#count = 0;
    this.#sumX = this.#sumY = this.#sumXX = this.#sumXY = this.#sumYY = 0;
  }

  add(pointX: number, pointY: number): void {
    if (this.#count++ === 0) {
      this.#originX = pointX;
      this.#originY = pointY;
    }
    const x = pointX - this.#originX;
    const y = pointY - this.#originY;
    this.#sumX += x;
    this.#sumY += y;
    this.#sumXX += x * x;
    this.#sumXY += x * y;
    this.#sumYY += y * y;
  }

  /** Lays the line; `otherwise` is its slope where the points do not say. */
  lay(otherwise: number): this {
    const n = this.#count;
    const spread = n * this.#sumXX - this.#sumX * this.#sumX;
    const shared = n * this.#sumXY - this.#sumX * this.#sumY;
    this.slope = spread > 0 ? shared / spread : otherwise;
    this.base = n === 0 ? 0 : (this.#sumY - this.slope * this.#sumX) / n + this.#originY - this.slope * this.#originX;
    const rest = n * this.#sumYY - this.#sumY * this.#sumY - this.slope * shared;
    this.slopeError = n > 2 && spread > 0 ? Math.sqrt(Math.max(0, rest) / (n - 2) / spread) : Infinity;
    return this;
  }

  at(x: number): number {
    return this.base + this.slope * x;
  }
}
