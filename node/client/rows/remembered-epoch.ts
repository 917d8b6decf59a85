/**
 * The newest epoch on the client's disk: its members know the rows, and are whom to begin with, when no tracker of the configuration
 * answers at the next start. Public, and verified whenever it is read.
 *
 * @module
 */
import { encodeBytes, parseBytes, signedDocument, type SignedDocument } from '@lunarx/core/document'
import { equalBytes } from '@lunarx/core/model'
import type { Disk } from '@lunarx/runtime/disk'
import type { Log } from '@lunarx/runtime/log'

const FILE = 'epoch'

export interface RememberedEpochDeps {
  readonly disk: Disk
  readonly log: Log
}

export class RememberedEpoch {
  readonly #deps: RememberedEpochDeps

  constructor(deps: RememberedEpochDeps) {
    this.#deps = deps
  }

  /** Undefined: none, or none that can be read. */
  async read(): Promise<SignedDocument | undefined> {
    try {
      const bytes = await this.#deps.disk.readFile(FILE)
      return bytes && parseBytes(signedDocument, bytes)
    } catch (error) {
      this.#deps.log.warn('the remembered epoch cannot be read', { error })
      return undefined
    }
  }

  /** Not what is there already. Never fails: a disk that takes nothing costs the memory only. */
  async write(document: SignedDocument): Promise<void> {
    const known = await this.read()
    if (known && equalBytes(known.body, document.body)) return
    try {
      await this.#deps.disk.writeFileDurably(FILE, encodeBytes(document))
    } catch (error) {
      this.#deps.log.warn('the epoch is not remembered', { error })
    }
  }
}
