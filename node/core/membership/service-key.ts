/**
 * What peers of a network that serve something announce in the directory, so that whoever knows none of them finds some.
 *
 * @module
 */
import type { CryptoEngine } from '../crypto/engine.ts'
import { utf8 } from '../model/bytes.ts'
import type { NetworkConfig } from './network.ts'

/** tracker: answers as a tracker; rows: a provider that hosts rows, and so knows the epoch. */
export type Service = 'tracker' | 'rows'

/** 32 bytes. Of the network's key: two networks of one name have nothing in common. */
export const serviceKey = ({ networkKey }: Pick<NetworkConfig, 'networkKey'>, service: Service, crypto: CryptoEngine): Uint8Array =>
  crypto.sha256(utf8(`lunarx/service/${networkKey}/${service}`))
