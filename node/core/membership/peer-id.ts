/**
 * libp2p peer ids of Ed25519 keys (libp2p spec, peer-ids: identity multihash of the protobuf public key).
 *
 * @module
 */
import { base58btc } from 'multiformats/bases/base58'
import { concatBytes } from '../model/bytes.ts'
import { LunarError } from '../model/error.ts'

/** identity multihash, 36 bytes: PublicKey { Type: Ed25519, Data: 32 bytes } */
const PREFIX = Uint8Array.of(0x00, 0x24, 0x08, 0x01, 0x12, 0x20)

export type PeerId = string

export const peerIdOf = (publicKey: Uint8Array): PeerId => base58btc.encode(concatBytes(PREFIX, publicKey)).slice(1)

/** The Ed25519 public key inside a peer id. @throws {LunarError} BAD_MESSAGE */
export function publicKeyOf(peer: PeerId): Uint8Array {
  let bytes: Uint8Array
  try {
    bytes = base58btc.decode(`z${peer}`)
  } catch (cause) {
    throw new LunarError('BAD_MESSAGE', 'not a peer id', { cause, detail: { peer } })
  }
  if (bytes.length !== 38 || !PREFIX.every((byte, i) => bytes[i] === byte))
    throw new LunarError('BAD_MESSAGE', 'not the peer id of an Ed25519 key', { detail: { peer } })
  return bytes.slice(PREFIX.length)
}
