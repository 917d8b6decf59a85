import test from 'ava'
import { type CryptoKey, exportJWK, generateKeyPair, SignJWT, UnsecuredJWT } from 'jose'
import { UNKNOWN_KEY, verifyToken, type TokenKeys } from './verify-token.ts'

const ISSUER = 'https://kubernetes.default.svc'
const NOW_S = 1_800_000_000

const pair = await generateKeyPair('RS256')
const stranger = await generateKeyPair('RS256')
const keys: TokenKeys = { issuer: ISSUER, keys: { keys: [{ ...(await exportJWK(pair.publicKey)), kid: 'k1', alg: 'RS256', use: 'sig' }] } }

const KUBERNETES = {
  namespace: 'ns',
  serviceaccount: { name: 'pool', uid: 'a1' },
  pod: { name: 'pool-0', uid: 'p1' },
  node: { name: 'n1', uid: 'n1' },
}
interface Change {
  readonly kid?: string
  readonly key?: CryptoKey
  readonly issuer?: string
  readonly audience?: string
  readonly untilS?: number | undefined
  readonly claims?: object
}

function sign({ kid = 'k1', key = pair.privateKey, issuer = ISSUER, audience = 'lunarx.dev/ns/lunar', claims, ...rest }: Change = {}) {
  const made = new SignJWT({ 'kubernetes.io': claims ?? KUBERNETES })
    .setProtectedHeader({ alg: 'RS256', kid })
    .setIssuer(issuer)
    .setAudience(audience)
    .setNotBefore(NOW_S - 60)
  const untilS = 'untilS' in rest ? rest.untilS : NOW_S + 600
  return (untilS === undefined ? made : made.setExpirationTime(untilS)).sign(key)
}
const verify = async (change?: Change) => verifyToken(await sign(change), 'ns/lunar', keys, NOW_S * 1000)

test('a token of the cluster names account and pod', async (t) => {
  const bearer = { namespace: 'ns', serviceAccount: 'pool', accountUid: 'a1', pod: { name: 'pool-0', uid: 'p1' } }
  t.deepEqual(await verify(), bearer)
  t.deepEqual(await verify({ audience: 'lunarx.dev/lunar' }), bearer)
  const { pod: _, ...unbound } = KUBERNETES
  t.deepEqual(await verify({ claims: unbound }), { ...bearer, pod: undefined })
})

test('a key that is not among those known is told apart: they may be old', async (t) => {
  t.is(await verify({ kid: 'k2' }), UNKNOWN_KEY)
})

for (const [title, change, refusal] of [
  ['signed by somebody else', { key: stranger.privateKey }, /SIGNATURE_VERIFICATION_FAILED/],
  ['of another cluster', { issuer: 'https://other' }, /CLAIM_VALIDATION_FAILED/],
  ['for another network', { audience: 'lunarx.dev/sun' }, /not for the audience lunarx.dev\/ns\/lunar/],
  ['that has run out', { untilS: NOW_S - 31 }, /EXPIRED/],
  ['without an end', { untilS: undefined }, /CLAIM_VALIDATION_FAILED/],
  ['of nobody in Kubernetes', { claims: { namespace: 'ns' } }, /not that of a service account/],
] as const satisfies readonly (readonly [string, Change, RegExp])[])
  test(`refused: a token ${title}`, async (t) => {
    const answer = await verify(change)
    t.true(typeof answer === 'object' && 'refusal' in answer)
    t.regex((answer as { readonly refusal: string }).refusal, refusal)
  })

test('refused: a token without a signature, one signed with the public key as a secret, and what is no token', async (t) => {
  const claims = { 'kubernetes.io': KUBERNETES }
  const unsigned = new UnsecuredJWT(claims)
    .setIssuer(ISSUER)
    .setAudience('lunarx.dev/lunar')
    .setExpirationTime(NOW_S + 600)
    .encode()
  const secret = new TextEncoder().encode(JSON.stringify(keys.keys.keys[0]))
  const symmetric = await new SignJWT(claims)
    .setProtectedHeader({ alg: 'HS256', kid: 'k1' })
    .setIssuer(ISSUER)
    .setAudience('lunarx.dev/lunar')
    .setExpirationTime(NOW_S + 600)
    .sign(secret)
  for (const token of [unsigned, symmetric, 'not.a.token', ''])
    t.regex(JSON.stringify(await verifyToken(token, 'ns/lunar', keys, NOW_S * 1000)), /refusal/, token)
})
