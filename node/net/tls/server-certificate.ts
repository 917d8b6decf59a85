/**
 * A self-signed certificate for an HTTPS server under host names, which is its own certificate authority: clients get it in advance
 * (ConfigMap `<network>-client`).
 *
 * @module
 */
import { isIPv4, isIPv6 } from 'node:net'
import { LunarError } from '@lunarx/core/model'
import type { Clock, Random } from '@lunarx/runtime'
import { der, oid, TAG } from './der.ts'
import { makeCertificate, type TlsCredentials } from './make-certificate.ts'

const DAY_MS = 24 * 3_600_000
const VALID_MS = 3_650 * DAY_MS
const SUBJECT_ALTERNATIVE_NAME = '2.5.29.17'
const EXTENDED_KEY_USAGE = '2.5.29.37'
const SERVER_AUTHENTICATION = '1.3.6.1.5.5.7.3.1'

export interface ServerCertificateInit {
  /** DNS names or IP literals, at least one. */
  readonly hosts: readonly string[]
  /** Milliseconds; default ten years. */
  readonly validMs?: number
}

export function makeServerCertificate({ hosts, validMs = VALID_MS }: ServerCertificateInit, clock: Clock, random: Random): TlsCredentials {
  const now = clock.now()
  return makeCertificate({
    serial: Uint8Array.of(1, ...random.bytes(15)),
    commonName: 'lunarx',
    fromMs: now - DAY_MS,
    untilMs: now + validMs,
    extensions: () => [
      { oid: SUBJECT_ALTERNATIVE_NAME, isCritical: false, value: der(TAG.sequence, ...hosts.map(nameOf)) },
      { oid: EXTENDED_KEY_USAGE, isCritical: false, value: der(TAG.sequence, oid(SERVER_AUTHENTICATION)) },
    ],
  })
}

/** GeneralName: [2] dNSName, [7] iPAddress (RFC 5280, 4.2.1.6). */
function nameOf(host: string): Uint8Array {
  if (isIPv4(host)) return der(0x87, Uint8Array.from(host.split('.').map(Number)))
  if (isIPv6(host)) return der(0x87, bytesOfIPv6(host))
  if (!/^[\x21-\x7e]{1,253}$/.test(host)) throw new LunarError('BAD_CONFIG', 'not a host name', { detail: { host } })
  return der(0x82, Buffer.from(host, 'ascii'))
}

function bytesOfIPv6(host: string): Uint8Array {
  const groups = new URL(`http://[${host}]`).hostname.slice(1, -1)
  const [head = '', tail] = groups.split('::').map((part) => part)
  const words = (part: string): number[] => (part === '' ? [] : part.split(':').map((word) => Number.parseInt(word, 16)))
  const [left, right] = [words(head), words(tail ?? '')]
  const all = [...left, ...Array.from({ length: 8 - left.length - right.length }, () => 0), ...right]
  return Uint8Array.from(all.flatMap((word) => [word >> 8, word & 0xff]))
}
