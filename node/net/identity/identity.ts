/**
 * The peer's key: an Ed25519 seed, made on its volume at the first start, which never leaves it.
 *
 * A new volume is a new peer. A damaged file is never replaced by a new key: whoever held shards under the old one must not come
 * back as a stranger without anybody noticing.
 *
 * @module
 */
import type { CryptoEngine, SignKey } from '@lunarx/core/crypto'
import { type PeerId, peerIdOf } from '@lunarx/core/membership'
import { hexOf, LunarError } from '@lunarx/core/model'
import type { Disk, Random } from '@lunarx/runtime'

/** 32 raw bytes. */
const FILE = 'identity.seed'
const SEED_BYTES = 32

export interface Identity {
  /** Ed25519 seed, 32 bytes. Secret. */
  readonly seed: Uint8Array
  readonly signKey: SignKey
  readonly peer: PeerId
}

export function identityOf(seed: Uint8Array, crypto: CryptoEngine): Identity {
  const signKey = crypto.signKey(seed)
  return { seed, signKey, peer: peerIdOf(signKey.publicKey) }
}

/**
 * Durable before it is first used. Several programs may begin with one folder at once, as clients of one DApp do: none fails, and one of
 * their seeds stays. Each uses what it finds there after its own.
 *
 * @throws {LunarError} STORE_FAILED (also for a damaged file), FULL
 */
export async function loadOrMakeIdentity(disk: Disk, random: Random, crypto: CryptoEngine): Promise<Identity> {
  const stored = await readSeed(disk)
  if (stored) return identityOf(stored, crypto)
  const seed = random.bytes(SEED_BYTES)
  const mine = `${FILE}.${hexOf(random.bytes(8))}`
  await disk.writeFileDurably(mine, seed)
  if (await readSeed(disk)) await disk.remove(mine)
  else await disk.rename(mine, FILE)
  await disk.syncFolder('')
  return identityOf((await readSeed(disk)) ?? seed, crypto)
}

/** The one that is there; undefined: none was made. @throws {LunarError} STORE_FAILED (also for a damaged file) */
export async function readIdentity(disk: Pick<Disk, 'readFile'>, crypto: CryptoEngine): Promise<Identity | undefined> {
  const stored = await readSeed(disk)
  return stored && identityOf(stored, crypto)
}

async function readSeed(disk: Pick<Disk, 'readFile'>): Promise<Uint8Array | undefined> {
  const stored = await disk.readFile(FILE)
  if (stored && stored.length !== SEED_BYTES)
    throw new LunarError('STORE_FAILED', 'the identity file of this volume is damaged', {
      detail: { file: FILE, sizeBytes: stored.length },
    })
  return stored
}
