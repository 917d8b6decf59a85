/**
 * The issuer's certificate: made once, kept in a Secret beside the operator, the same for all its replicas. It is its own
 * authority; peers get it by the ConfigMap of their network.
 *
 * @module
 */
import { LunarError } from '@lunarx/core/model'
import { makeServerCertificate, type TlsCredentials } from '@lunarx/net/tls'
import type { Clock } from '@lunarx/runtime/clock'
import type { Random } from '@lunarx/runtime/random'
import type { Secret } from '../controllers/index.ts'
import { apiVersionOf, hasStatus, KINDS, type KubeClient } from '../kube/index.ts'

export interface CertificatePlace {
  readonly namespace: string
  /** Of the operator's Service. */
  readonly service: string
}

const hostOf = ({ service, namespace }: CertificatePlace): string => `${service}.${namespace}.svc`
export const issuerUrl = (place: CertificatePlace, port: number): string => `https://${hostOf(place)}:${port}`

const text = (encoded: string | undefined): string => Buffer.from(encoded ?? '', 'base64').toString('utf8')
const encoded = (plain: string): string => Buffer.from(plain).toString('base64')

function credentialsIn(secret: Secret): TlsCredentials {
  const cert = text(secret.data?.['tls.crt'])
  const key = text(secret.data?.['tls.key'])
  if (cert !== '' && key !== '') return { cert, key }
  throw new LunarError('BAD_CONFIG', 'the Secret of the issuer has no certificate: delete it, then restart the operator and every peer', {
    detail: { secret: secret.metadata.name },
  })
}

/** @throws {ApiError}; {LunarError} BAD_CONFIG */
export async function issuerCertificate(
  client: KubeClient,
  place: CertificatePlace,
  clock: Clock,
  random: Random,
): Promise<TlsCredentials> {
  const { namespace, service } = place
  const name = `${service}-issuer`
  const read = (): Promise<Secret | undefined> => client.get<Secret>(KINDS.secret, { namespace, name })
  const present = await read()
  if (present !== undefined) return credentialsIn(present)
  const { cert, key } = makeServerCertificate({ hosts: [hostOf(place), `${hostOf(place)}.cluster.local`] }, clock, random)
  const secret = {
    apiVersion: apiVersionOf(KINDS.secret),
    kind: KINDS.secret.kind,
    metadata: { name, namespace, labels: { 'app.kubernetes.io/name': 'lunarx-operator', 'app.kubernetes.io/part-of': 'lunarx' } },
    type: 'kubernetes.io/tls',
    data: { 'tls.crt': encoded(cert), 'tls.key': encoded(key) },
  }
  try {
    await client.create(KINDS.secret, secret)
    return { cert, key }
  } catch (error) {
    if (!hasStatus(error, 409)) throw error
    const other = await read()
    if (other === undefined) throw error
    return credentialsIn(other)
  }
}
