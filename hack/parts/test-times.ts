/**
 * Tests that run one after another: of which file each is, how long it took, and where the time of a run goes.
 *
 * @module
 */
const SUFFIX = '.test.ts'

export interface EndedTest {
  /** Path from the root of the tree. */
  readonly file: string
  readonly title: string
  readonly isPassed: boolean
  /** Since the test before it ended. */
  readonly seconds: number
}

export class TestTimes {
  readonly #files: readonly string[]
  readonly #nowMs: () => number
  readonly #ended: EndedTest[] = []
  #lastMs: number

  /** @param files that run, as paths from the root of the tree */
  constructor(files: readonly string[], nowMs: () => number = () => performance.now()) {
    this.#files = files
    this.#nowMs = nowMs
    this.#lastMs = nowMs()
  }

  get ended(): readonly EndedTest[] {
    return this.#ended
  }

  /** @param title as ava tells it: `folder › file › title`; the title alone where one file runs */
  record(title: string, isPassed: boolean): void {
    const nowMs = this.#nowMs()
    this.#ended.push({ ...this.#placed(title), isPassed, seconds: Math.round((nowMs - this.#lastMs) / 1000) })
    this.#lastMs = nowMs
  }

  /** @returns `file seconds` of each file, the longest first */
  byFile(): string[] {
    const seconds = new Map<string, number>()
    for (const test of this.#ended) seconds.set(test.file, (seconds.get(test.file) ?? 0) + test.seconds)
    return [...seconds].sort(([, a], [, b]) => b - a).map(([file, spent]) => `${file} ${spent}`)
  }

  #placed(told: string): Pick<EndedTest, 'file' | 'title'> {
    const [only] = this.#files
    if (only !== undefined && this.#files.length === 1) return { file: only, title: told }
    const parts = told.split(' › ')
    const end = `/${parts.slice(0, -1).join('/')}${SUFFIX}`
    const [file] = this.#files.filter((one) => `/${one}`.endsWith(end)).sort((a, b) => a.length - b.length)
    if (parts.length < 2 || file === undefined) throw new Error(`a test of no file that runs: ${told}`)
    return { file, title: parts.at(-1) ?? '' }
  }
}
