/**
 * What may be read under each name, given what was acknowledged, and the bytes of every version: whoever knows name and version knows
 * them all. Copied into a pod together with `checker-process.ts`, hence without imports of ours.
 *
 * @module
 */
import { createCipheriv, createHash } from 'node:crypto'

/** There is no object of this name. */
export const ABSENT = 0

export interface Stored {
  readonly name: string
  /** 1, 2, …; {@link ABSENT} */
  readonly version: number
}

/** A line that says which version this is, then bytes that follow from it. @param sizeBytes of all, no fewer than the line has */
export function contentOf({ name, version }: Stored, sizeBytes: number): Buffer {
  const title = Buffer.from(`${name} ${version} ${sizeBytes}\n`)
  const key = createHash('sha256').update(title).digest()
  const stream = createCipheriv('aes-256-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(sizeBytes - title.length))
  return Buffer.concat([title, stream])
}

/** The version that these bytes are; undefined: they are no version of this name, or not all of one. */
export function versionIn(name: string, bytes: Buffer): number | undefined {
  const title = bytes.subarray(0, bytes.indexOf('\n')).toString()
  const [said, version, size] = title.split(' ')
  if (said !== name || !/^\d{1,9} \d{1,9}$/.test(`${version} ${size}`) || Number(size) !== bytes.length) return undefined
  return contentOf({ name, version: Number(version) }, Number(size)).equals(bytes) ? Number(version) : undefined
}

export class Expected {
  readonly #possible = new Map<string, Set<number>>()
  readonly #newest = new Map<string, number>()

  get names(): string[] {
    return [...this.#newest.keys()]
  }

  /** Number of the version that is written next. */
  next(name: string): number {
    const version = (this.#newest.get(name) ?? 0) + 1
    this.#newest.set(name, version)
    return version
  }

  /** Written or removed, and acknowledged: nothing older may come back. */
  acknowledge({ name, version }: Stored): void {
    this.#possible.set(name, new Set([version]))
  }

  /** Tried and not acknowledged: it may have come about, or still come about, or not. */
  doubt({ name, version }: Stored): void {
    this.#possible.set(name, new Set([...(this.#possible.get(name) ?? [ABSENT]), version]))
  }

  allows({ name, version }: Stored): boolean {
    return (this.#possible.get(name) ?? new Set([ABSENT])).has(version)
  }
}
