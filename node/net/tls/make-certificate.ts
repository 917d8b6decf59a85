/**
 * Writes self-signed X.509 certificates on new P-256 keys (RFC 5280): those of peers, and that of an issuer.
 *
 * @module
 */
import { generateKeyPairSync, sign } from 'node:crypto'
import { context, der, generalizedTime, oid, TAG } from './der.ts'

export interface Extension {
  readonly oid: string
  readonly isCritical: boolean
  readonly value: Uint8Array
}

export interface CertificateWish {
  /** 1 to 16 bytes, the first below 0x80 and not 0. */
  readonly serial: Uint8Array
  readonly commonName?: string
  readonly fromMs: number
  readonly untilMs: number
  /** Of the new key's SubjectPublicKeyInfo (DER). */
  readonly extensions: (spki: Uint8Array) => readonly Extension[]
}

/** PEM, for node:tls. */
export interface TlsCredentials {
  readonly cert: string
  readonly key: string
}

const ECDSA_SHA256 = der(TAG.sequence, oid('1.2.840.10045.4.3.2'))
const VERSION_3 = der(context(0), der(TAG.integer, Uint8Array.of(2)))
const bitString = (bytes: Uint8Array): Uint8Array => der(TAG.bitString, Uint8Array.of(0), bytes)

const nameOf = (commonName: string | undefined): Uint8Array =>
  commonName === undefined
    ? der(TAG.sequence)
    : der(TAG.sequence, der(TAG.set, der(TAG.sequence, oid('2.5.4.3'), der(TAG.utf8String, Buffer.from(commonName)))))

const extensionOf = ({ oid: id, isCritical, value }: Extension): Uint8Array =>
  der(TAG.sequence, oid(id), ...(isCritical ? [der(TAG.boolean, Uint8Array.of(0xff))] : []), der(TAG.octetString, value))

export function makeCertificate(wish: CertificateWish): TlsCredentials {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const spki = publicKey.export({ type: 'spki', format: 'der' })
  const name = nameOf(wish.commonName)
  const tbs = der(
    TAG.sequence,
    VERSION_3,
    der(TAG.integer, wish.serial),
    ECDSA_SHA256,
    name,
    der(TAG.sequence, generalizedTime(wish.fromMs), generalizedTime(wish.untilMs)),
    name,
    spki,
    der(context(3), der(TAG.sequence, ...wish.extensions(spki).map(extensionOf))),
  )
  const certificate = der(TAG.sequence, tbs, ECDSA_SHA256, bitString(sign('sha256', tbs, privateKey)))
  return { cert: pem('CERTIFICATE', certificate), key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() }
}

const pem = (label: string, bytes: Uint8Array): string =>
  `-----BEGIN ${label}-----\n${Buffer.from(bytes).toString('base64').replace(/.{64}/g, '$&\n').trimEnd()}\n-----END ${label}-----\n`
