/**
 * The libp2p host: tcp, noise, yamux, identify. Identity and control messages; no bytes of shards.
 *
 * @module
 */
import { isIP } from 'node:net'
import { generateKeyPairFromSeed } from '@libp2p/crypto/keys'
import { identify } from '@libp2p/identify'
import type { Libp2p } from '@libp2p/interface'
import type { KadDHTComponents } from '@libp2p/kad-dht'
import { noise } from '@libp2p/noise'
import { ping } from '@libp2p/ping'
import { tcp } from '@libp2p/tcp'
import { yamux } from '@libp2p/yamux'
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import type { Identity } from '../identity/identity.ts'
import { NET_LIMITS } from '../limits.ts'
import { cannotListen, type ListenAddress } from '../listen.ts'

export interface HostInit {
  readonly identity: Identity
  /** Undefined: a client, which nobody dials. */
  readonly listen: ListenAddress | undefined
  /** Where else others reach it than where it listens. */
  readonly announce: readonly Multiaddr[]
  /** Given what a directory is made of, once, before it starts. Undefined: the host has no directory. */
  readonly onParts?: ((parts: KadDHTComponents) => void) | undefined
}

/** `/dns|ip4|ip6/<host>/tcp/<port>` */
export function addressOf(host: string, port: number): Multiaddr {
  const family = isIP(host)
  return multiaddr(`/${family === 0 ? 'dns' : `ip${family}`}/${host}/tcp/${port}`)
}

/** The TCP port that a host listens on. */
export function boundPort(host: Libp2p): number | undefined {
  // the announced address comes last
  const tcpOf = host
    .getMultiaddrs()[0]
    ?.getComponents()
    .find(({ name }) => name === 'tcp')?.value
  return tcpOf === undefined ? undefined : Number(tcpOf)
}

/** @throws {LunarError} BAD_CONFIG: cannot listen there */
export async function startHost(init: HostInit): Promise<Libp2p> {
  try {
    return await create(init)
  } catch (error) {
    throw init.listen ? cannotListen(init.listen, error) : error
  }
}

async function create({ identity, listen, announce, onParts }: HostInit): Promise<Libp2p> {
  return await createLibp2p({
    privateKey: await generateKeyPairFromSeed('Ed25519', identity.seed),
    addresses: {
      listen: listen ? [addressOf(listen.host, listen.port).toString()] : [],
      appendAnnounce: announce.map(String),
    },
    transports: [tcp({ dialOpts: { noDelay: true }, listenOpts: { noDelay: true } })],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux({ maxInboundStreams: NET_LIMITS.controlStreams, maxOutboundStreams: NET_LIMITS.controlStreams })],
    services: servicesOf(onParts),
    // an announcement is worth nothing without the address of who made it
    ...(onParts ? { peerStore: { maxAddressAge: NET_LIMITS.directory.recordMs, maxPeerAge: NET_LIMITS.directory.recordMs } } : {}),
    connectionMonitor: { pingInterval: NET_LIMITS.controlPingMs },
    connectionManager: {
      maxConnections: NET_LIMITS.controlConnections,
      dialTimeout: NET_LIMITS.handshakeMs,
      addressDialTimeout: NET_LIMITS.handshakeMs,
      inboundUpgradeTimeout: NET_LIMITS.handshakeMs,
      // many peers may come from one address: pods behind a node port, a whole network of `lunarx dev`
      inboundConnectionThreshold: NET_LIMITS.inboundUnproved,
      maxIncomingPendingConnections: NET_LIMITS.inboundUnproved,
    },
  })
}

/** Services are made when the host is, and see its components: the directory itself starts later, or never. */
function servicesOf(onParts: HostInit['onParts']): { readonly identify: ReturnType<typeof identify> } {
  if (!onParts) return { identify: identify() }
  const services = {
    identify: identify(),
    ping: ping(),
    directoryParts: (parts: KadDHTComponents) => {
      onParts(parts)
      return {}
    },
  }
  return services
}
