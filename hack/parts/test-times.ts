/**
 * How long tests that run one after another took, and where the time of a run goes.
 *
 * @module
 */
export interface EndedTest {
  /** `file › title`, or the title alone where one file ran. */
  readonly title: string
  readonly isPassed: boolean
  /** Since the test before it ended. */
  readonly seconds: number
}

export class TestTimes {
  readonly #nowMs: () => number
  readonly #ended: EndedTest[] = []
  #lastMs: number

  constructor(nowMs: () => number = () => performance.now()) {
    this.#nowMs = nowMs
    this.#lastMs = nowMs()
  }

  get ended(): readonly EndedTest[] {
    return this.#ended
  }

  record(title: string, isPassed: boolean): void {
    const nowMs = this.#nowMs()
    this.#ended.push({ title, isPassed, seconds: Math.round((nowMs - this.#lastMs) / 1000) })
    this.#lastMs = nowMs
  }

  /** @returns `file seconds` of each file, the longest first */
  byFile(): string[] {
    const seconds = new Map<string, number>()
    for (const test of this.#ended) {
      const file = test.title.split(' › ').slice(0, -1).join('/') || test.title
      seconds.set(file, (seconds.get(file) ?? 0) + test.seconds)
    }
    return [...seconds].sort(([, a], [, b]) => b - a).map(([file, spent]) => `${file} ${spent}`)
  }
}
