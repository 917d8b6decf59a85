/**
 * Holders in an answer of `locate`, packed: index (1) ‖ place in the table of providers (2, big-endian) of each, since an answer about
 * a thousand sets names the same providers over and over.
 *
 * @module
 */
import { maxBytes, peerAddress } from '@lunarx/core/model'
import { z } from 'zod'

const HOLDER_BYTES = 3
/** Places that two bytes can name; a network has fewer providers. */
const MAX_PROVIDERS = 65_535
/** Of one set: it has 255 shards at most, and copies on the move. */
export const MAX_HOLDERS = 512

export const locatedProvider = z.object({
  address: peerAddress.required({ peer: true }),
  /** lost providers are left out */
  state: z.enum(['alive', 'suspect']),
})
export type LocatedProvider = z.infer<typeof locatedProvider>

export const locatedProviders = z.array(locatedProvider).max(MAX_PROVIDERS)
export const packedHolders = maxBytes(MAX_HOLDERS * HOLDER_BYTES).refine(({ length }) => length % HOLDER_BYTES === 0, 'not whole holders')

export interface LocatedHolder {
  readonly index: number
  readonly provider: LocatedProvider
}

/** The providers of one answer, each once. */
export class LocatedTable {
  readonly providers: LocatedProvider[] = []
  readonly #places = new Map<string, number>()

  /** Those beyond {@link MAX_HOLDERS} are left out. */
  pack(holders: readonly LocatedHolder[]): Uint8Array {
    const packed = new Uint8Array(Math.min(holders.length, MAX_HOLDERS) * HOLDER_BYTES)
    for (let at = 0; at < packed.length; at += HOLDER_BYTES) {
      const { index, provider } = holders[at / HOLDER_BYTES] as LocatedHolder
      const place = this.#placeOf(provider)
      packed[at] = index
      packed[at + 1] = place >>> 8
      packed[at + 2] = place & 0xff
    }
    return packed
  }

  #placeOf(provider: LocatedProvider): number {
    const known = this.#places.get(provider.address.peer)
    if (known !== undefined) return known
    const place = this.providers.push(provider) - 1
    this.#places.set(provider.address.peer, place)
    return place
  }
}

/** Holders that name no provider of the table are left out: what is packed is a hint. */
export function unpackHolders(packed: Uint8Array, providers: readonly LocatedProvider[]): LocatedHolder[] {
  const holders: LocatedHolder[] = []
  for (let at = 0; at + HOLDER_BYTES <= packed.length; at += HOLDER_BYTES) {
    const [index = 0, high = 0, low = 0] = packed.subarray(at, at + HOLDER_BYTES)
    const provider = providers[(high << 8) | low]
    if (provider) holders.push({ index, provider })
  }
  return holders
}
