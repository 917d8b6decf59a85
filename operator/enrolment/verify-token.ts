/**
 * A service-account token, judged by the cluster's public keys alone (DESIGN: namespaced mode has no right to TokenReview). Pure, given
 * keys and time. What keys cannot tell, whether account and pod still exist, is asked afterwards.
 *
 * @module
 */
import { createLocalJWKSet, errors, type JSONWebKeySet, jwtVerify } from 'jose'
import { z } from 'zod'
import { audiencesOf, type Bearer, type Refusal } from './judge.ts'

/** As the API server publishes them: `/.well-known/openid-configuration` and `/openid/v1/jwks`. */
export interface TokenKeys {
  readonly issuer: string
  readonly keys: JSONWebKeySet
}

/** The account that a token was made for; its uid tells it from another of the same name. */
export interface TokenBearer extends Bearer {
  readonly accountUid: string
}

/** The cluster signs with another key than those that are known. */
export const UNKNOWN_KEY = 'unknown key'

const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512']
/** Clocks of nodes differ a little. */
const TOLERANCE_SECONDS = 30

const object = z.object({ name: z.string(), uid: z.string() })
/** https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/#schema-for-service-account-private-claims */
const claims = z.object({ 'kubernetes.io': z.object({ namespace: z.string(), serviceaccount: object, pod: object.optional() }) })

export async function verifyToken(
  token: string,
  network: string,
  { issuer, keys }: TokenKeys,
  nowMs: number,
): Promise<TokenBearer | Refusal | typeof UNKNOWN_KEY> {
  try {
    const { payload } = await jwtVerify(token, createLocalJWKSet(keys), {
      issuer,
      audience: [...audiencesOf(network)],
      algorithms: ALGORITHMS,
      requiredClaims: ['exp'],
      clockTolerance: TOLERANCE_SECONDS,
      currentDate: new Date(nowMs),
    })
    const parsed = claims.safeParse(payload)
    if (!parsed.success) return { refusal: 'the token is not that of a service account' }
    const { namespace, serviceaccount, pod } = parsed.data['kubernetes.io']
    return { namespace, serviceAccount: serviceaccount.name, accountUid: serviceaccount.uid, pod }
  } catch (error) {
    if (error instanceof errors.JWKSNoMatchingKey) return UNKNOWN_KEY
    if (error instanceof errors.JWTClaimValidationFailed && error.claim === 'aud')
      return { refusal: `the token is not for the audience ${audiencesOf(network)[0] ?? ''}` }
    if (error instanceof errors.JOSEError) return { refusal: `the token is not valid: ${error.code}` }
    throw error
  }
}
