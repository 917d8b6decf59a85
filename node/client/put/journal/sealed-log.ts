/**
 * A file of sealed entries, one after the other, on the client's own disk: who has the disk without the owner secret learns their
 * number and lengths. A crash may tear the end off; what is whole before it is read.
 *
 * `LNXJ1` ‖ salt 16 ‖ entries: length of what follows, 4 bytes big-endian ‖ nonce 12, random ‖ AES-256-GCM of the entry ‖ tag 16,
 * bound to its place. The key is one of this file: HKDF(journal key, salt).
 *
 * @module
 */
import type { Aead, CryptoEngine } from '@lunarx/core/crypto'
import { concatBytes, equalBytes, utf8 } from '@lunarx/core/model'
import type { Disk, DiskFile } from '@lunarx/runtime/disk'
import type { Random } from '@lunarx/runtime/random'

const MAGIC = utf8('LNXJ1')
const SALT_BYTES = 16
const NONCE_BYTES = 12
const TAG_BYTES = 16
const LENGTH_BYTES = 4
const HEAD_BYTES = MAGIC.length + SALT_BYTES
const DOMAIN = utf8('lunarx/journal/1\0')
/** The largest entry is the reservation keys of 255 shards, some 200 KiB. */
const MAX_ENTRY_BYTES = 1024 * 1024
/** Entries that are read back: three for each segment, so some 10 TiB of an object. */
const MAX_ENTRIES = 1_000_000

export interface SealedLogDeps {
  readonly disk: Disk
  readonly journalKey: Uint8Array
  readonly crypto: CryptoEngine
  readonly random: Random
}

export class SealedLog {
  readonly #file: DiskFile
  readonly #aead: Aead
  readonly #deps: SealedLogDeps
  #count: number
  #at: number

  private constructor(file: DiskFile, aead: Aead, count: number, at: number, deps: SealedLogDeps) {
    this.#file = file
    this.#aead = aead
    this.#count = count
    this.#at = at
    this.#deps = deps
  }

  /** Writes a file of these entries, durable, in place of what is there; more may follow. @throws {LunarError} STORE_FAILED, FULL */
  static async write(path: string, entries: readonly Uint8Array[], deps: SealedLogDeps): Promise<SealedLog> {
    const salt = deps.random.bytes(SALT_BYTES)
    const aead = aeadOf(salt, deps)
    const sealed: Uint8Array[] = []
    for (const [place, entry] of entries.entries()) sealed.push(await sealEntry(entry, place, aead, deps))
    const bytes = concatBytes(MAGIC, salt, ...sealed)
    await deps.disk.writeFileDurably(path, bytes)
    return new SealedLog(await deps.disk.open(path, 'create'), aead, entries.length, bytes.length, deps)
  }

  /** Survives a kill of the process when it resolves, and a crash of the machine after {@link sync}. One at a time. */
  async append(entry: Uint8Array): Promise<void> {
    const sealed = await sealEntry(entry, this.#count, this.#aead, this.#deps)
    await this.#file.write(sealed, this.#at)
    this.#at += sealed.length
    this.#count++
  }

  async sync(): Promise<void> {
    await this.#file.sync()
  }

  async close(): Promise<void> {
    await this.#file.close()
  }
}

/** The entries that are whole; none of a file that is missing or of something else. */
export async function readLog(path: string, deps: SealedLogDeps): Promise<Uint8Array[]> {
  await using file = await deps.disk.open(path, 'read')
  if (!file) return []
  const head = await readUpTo(file, 0, HEAD_BYTES)
  if (head.length < HEAD_BYTES || !equalBytes(head.subarray(0, MAGIC.length), MAGIC)) return []
  const aead = aeadOf(head.subarray(MAGIC.length), deps)
  const entries: Uint8Array[] = []
  for (let at = HEAD_BYTES; entries.length < MAX_ENTRIES;) {
    const sealed = await readSealed(file, at)
    const entry = sealed && (await openEntry(sealed, entries.length, aead))
    if (!entry) break
    entries.push(entry)
    at += LENGTH_BYTES + sealed.length
  }
  return entries
}

const aeadOf = (salt: Uint8Array, { journalKey, crypto }: SealedLogDeps): Aead =>
  crypto.aes256Gcm(crypto.hkdf(journalKey, salt, DOMAIN, 32))

async function sealEntry(entry: Uint8Array, place: number, aead: Aead, { random }: SealedLogDeps): Promise<Uint8Array> {
  const out = new Uint8Array(LENGTH_BYTES + NONCE_BYTES + entry.length + TAG_BYTES)
  if (out.length - LENGTH_BYTES > MAX_ENTRY_BYTES) throw new RangeError('an entry of a journal is too long')
  const nonce = random.bytes(NONCE_BYTES)
  new DataView(out.buffer).setUint32(0, out.length - LENGTH_BYTES)
  out.set(nonce, LENGTH_BYTES)
  await aead.seal(nonce, entry, associatedOf(place), out.subarray(LENGTH_BYTES + NONCE_BYTES))
  return out
}

async function openEntry(sealed: Uint8Array, place: number, aead: Aead): Promise<Uint8Array | undefined> {
  const entry = new Uint8Array(sealed.length - NONCE_BYTES - TAG_BYTES)
  const isWhole = await aead.open(sealed.subarray(0, NONCE_BYTES), sealed.subarray(NONCE_BYTES), associatedOf(place), entry)
  return isWhole ? entry : undefined
}

/** Nonce, ciphertext and tag of the entry at this offset; undefined if it is cut off. */
async function readSealed(file: DiskFile, at: number): Promise<Uint8Array | undefined> {
  const length = await readUpTo(file, at, LENGTH_BYTES)
  if (length.length < LENGTH_BYTES) return undefined
  const sealedBytes = new DataView(length.buffer).getUint32(0)
  if (sealedBytes < NONCE_BYTES + TAG_BYTES || sealedBytes > MAX_ENTRY_BYTES) return undefined
  const sealed = await readUpTo(file, at + LENGTH_BYTES, sealedBytes)
  return sealed.length === sealedBytes ? sealed : undefined
}

function associatedOf(place: number): Uint8Array {
  const number = new Uint8Array(4)
  new DataView(number.buffer).setUint32(0, place)
  return concatBytes(DOMAIN, number)
}

async function readUpTo(file: DiskFile, position: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(length)
  let filled = 0
  while (filled < length) {
    const read = await file.read(bytes.subarray(filled), position + filled)
    if (read === 0) break
    filled += read
  }
  return bytes.slice(0, filled)
}
