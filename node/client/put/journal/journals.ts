/**
 * The journals of a client, in the folder `puts` of its disk: one file per put under way, named by a keyed hash of the object's name
 * and a random part. Bounded in number and age.
 *
 * @module
 */
import { hexOf, utf8 } from '@lunarx/core/model'
import type { Begun } from './entries.ts'
import { Journal, JOURNALS, type JournalDeps } from './journal.ts'

/** Puts under way in one folder; one more goes without a journal. */
const MAX_JOURNALS = 1_000
/** A put that nobody has taken up for so long is given up: by then its reservations have lapsed, too. */
export const JOURNAL_LIFE_MS = 24 * 3_600_000
const TOKEN_BYTES = 16

export class Journals {
  readonly #deps: JournalDeps
  /** Names that a put of this client is writing now. */
  readonly #busy = new Set<string>()
  /** That the folder has had none since this client looked: spares small objects the look. */
  #isEmpty: Promise<boolean> | undefined

  constructor(deps: JournalDeps) {
    this.#deps = deps
  }

  /** The right to the journals of a name, until disposed; undefined while another put of this client has it. */
  lease(name: string): JournalLease | undefined {
    const token = this.#tokenOf(name)
    if (this.#busy.has(token)) return undefined
    this.#busy.add(token)
    const onBegin = (): void => {
      this.#isEmpty = Promise.resolve(false)
    }
    return new JournalLease(token, this.#deps, onBegin, () => this.#busy.delete(token))
  }

  /** As far as this client knows: others may use the folder. */
  isEmpty(): Promise<boolean> {
    return (this.#isEmpty ??= this.#deps.disk.list(JOURNALS).then((files) => files.length === 0))
  }

  /** Journals that nobody has written to for {@link JOURNAL_LIFE_MS}, taken over; the caller closes them. */
  async *abandoned(): AsyncGenerator<Journal, void> {
    const { disk, clock } = this.#deps
    for (const file of await disk.list(JOURNALS)) {
      const token = tokenOfFile(file)
      if (isPart(file) || this.#busy.has(token) || (await Journal.lastMs(file, this.#deps)) > clock.now() - JOURNAL_LIFE_MS) continue
      const journal = await Journal.take(file, `${token}.${newPart(this.#deps)}`, this.#deps)
      if (journal) yield journal
    }
  }

  #tokenOf(name: string): string {
    const { crypto, journalKey } = this.#deps
    return hexOf(crypto.hmacSha256(journalKey, utf8('name\0'), utf8(name)).subarray(0, TOKEN_BYTES))
  }
}

export class JournalLease implements Disposable {
  readonly #token: string
  readonly #deps: JournalDeps
  readonly #onBegin: () => void
  readonly #release: () => void

  constructor(token: string, deps: JournalDeps, onBegin: () => void, release: () => void) {
    this.#token = token
    this.#deps = deps
    this.#onBegin = onBegin
    this.#release = release
  }

  /** Journals that earlier puts of the name have left, taken over, the newest first. */
  async left(): Promise<Journal[]> {
    const journals: Journal[] = []
    for (const file of await this.#deps.disk.list(JOURNALS)) {
      if (tokenOfFile(file) !== this.#token) continue
      if (isPart(file)) await this.#deps.disk.remove(`${JOURNALS}/${file}`)
      else journals.push(...present(await Journal.take(file, this.#newFile(), this.#deps)))
    }
    return journals.sort((a, b) => b.state.lastMs - a.state.lastMs)
  }

  /** A new journal; undefined when there are too many already. @throws {LunarError} STORE_FAILED, FULL */
  async begin(plan: Omit<Begun, 'kind' | 'atMs' | 'version'>): Promise<Journal | undefined> {
    const { disk } = this.#deps
    this.#onBegin()
    await disk.makeFolder(JOURNALS)
    if ((await disk.list(JOURNALS)).length >= MAX_JOURNALS) return undefined
    return await Journal.begin(this.#newFile(), plan, this.#deps)
  }

  [Symbol.dispose](): void {
    this.#release()
  }

  #newFile(): string {
    return `${this.#token}.${newPart(this.#deps)}`
  }
}

const newPart = ({ random }: JournalDeps): string => hexOf(random.bytes(8))

const tokenOfFile = (file: string): string => file.split('.', 1)[0] ?? ''

/** A journal that was being written anew when its process was killed; the whole one lies beside it. */
const isPart = (file: string): boolean => file.endsWith('.part')

const present = (journal: Journal | undefined): Journal[] => (journal ? [journal] : [])
