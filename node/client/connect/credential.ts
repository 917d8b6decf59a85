/**
 * The credential that a client begins with: the one of the last command while it has some life left, else a new one from the issuer.
 *
 * @module
 */
import { encodeBytes, parseBytes, signedDocument } from '@lunarx/core/document'
import { verifyCredential, type NetworkConfig, type SignedCredential } from '@lunarx/core/membership'
import { LunarError } from '@lunarx/core/model'
import type { Identity } from '@lunarx/net/identity'
import { enrol, tokenFromFile } from '@lunarx/net/issuer'
import type { Platform } from '@lunarx/runtime/platform'
import { retry } from '@lunarx/runtime/tasks'

const FILE = 'credential'
/** What a command may take: a credential that ends sooner is renewed first, one that is short-lived when a quarter of its life is left. */
const MIN_LIFE_MS = 3_600_000
const MIN_LIFE_SHARE = 1 / 4
/** As long as an operator is away that moves to another node. */
const PATIENCE_MS = 30_000
const MAX_ATTEMPTS = 20
const FIRST_PAUSE_MS = 500
const MAX_PAUSE_MS = 4_000

/** @throws {LunarError} BAD_CONFIG: no issuer or no token; ENROLMENT_REFUSED, PEER_UNREACHABLE, TIMEOUT */
export async function clientCredential(
  network: NetworkConfig,
  identity: Identity,
  tokenFile: string | undefined,
  { disk, clock, crypto, random }: Platform,
  signal: AbortSignal,
): Promise<SignedCredential> {
  const judge = (document: SignedCredential) => verifyCredential(document, { ...network, nowMs: clock.now() }, crypto)
  const remembered = await disk.readFile(FILE)
  if (remembered) {
    try {
      const document = parseBytes(signedDocument, remembered)
      const { peer, issuedMs, expiresMs } = judge(document)
      const leastMs = Math.min(MIN_LIFE_MS, (expiresMs - issuedMs) * MIN_LIFE_SHARE)
      if (peer === identity.peer && expiresMs - clock.now() > leastMs) return document
    } catch (error) {
      if (!(error instanceof LunarError)) throw error // else: of another network or run out, so a new one is fetched
    }
  }
  if (!network.issuer)
    throw new LunarError('BAD_CONFIG', 'the network configuration names no issuer', { detail: { network: network.network } })
  if (tokenFile === undefined) throw new LunarError('BAD_CONFIG', 'no token to enrol with: set LUNARX_TOKEN_FILE or --token-file')
  const init = { ...network, ...network.issuer, token: tokenFromFile(tokenFile), identity }
  const beganMs = clock.elapsed()
  const credential = await retry(() => enrol(init, { clock, crypto }, signal), {
    clock,
    random,
    attempts: MAX_ATTEMPTS,
    firstPauseMs: FIRST_PAUSE_MS,
    maxPauseMs: MAX_PAUSE_MS,
    isRetryable: (error) => error instanceof LunarError && error.retryable && clock.elapsed() - beganMs < PATIENCE_MS,
    signal,
  })
  await disk.writeFileDurably(FILE, encodeBytes(credential))
  return credential
}
