/**
 * Addresses of peers as libp2p passes them on: `/dns|ip4|ip6/<host>/tcp/<port>` is the control port, the same with `/tls` behind it
 * the data port. libp2p itself dials the first only: its tcp transport takes no other form.
 *
 * @module
 */
import { peerAddress } from '@lunarx/core/model'
import type { Multiaddr } from '@multiformats/multiaddr'
import { addressOf } from '../control/host.ts'
import { NET_LIMITS } from '../limits.ts'
import type { FoundPeer } from '../peers/directory.ts'

/** What names the data port of a peer. */
export const dataAddressOf = (host: string, port: number): Multiaddr => addressOf(host, port).encapsulate('/tls')

const HOSTS = ['dns', 'dns4', 'dns6', 'ip4', 'ip6']

/** Where a peer is said to be: places with both ports, a few at most. What is no such place is left out. */
export function placesOf(peer: string, addresses: readonly Multiaddr[]): FoundPeer[] {
  const ports = new Map<string, { controlPort?: number; dataPort?: number }>()
  for (const address of addresses) {
    const [host, tcp, tls] = address.getComponents().filter(({ name }) => name !== 'p2p')
    if (!host?.value || !HOSTS.includes(host.name) || tcp?.name !== 'tcp' || (tls && tls.name !== 'tls')) continue
    const known = ports.get(host.value) ?? {}
    ports.set(host.value, { ...known, [tls ? 'dataPort' : 'controlPort']: Number(tcp.value) })
  }
  const places = [...ports].flatMap(([host, both]) => {
    const place = peerAddress.required({ peer: true }).safeParse({ peer, host, ...both })
    return place.success ? [place.data] : []
  })
  return places.slice(0, NET_LIMITS.directory.addresses)
}
