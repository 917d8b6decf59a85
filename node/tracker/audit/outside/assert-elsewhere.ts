/**
 * An address that a verifier announces leads to another machine: trackers dial whatever is announced, and must not be made to dial
 * themselves, or what only their own node answers (loopback, link-local, multicast, unspecified).
 *
 * By the address alone: where a name leads is seen when it is dialled, and there the other side has to prove that it is this very peer
 * before it is told anything.
 *
 * @module
 */
import { LunarError, type PeerAddress } from '@lunarx/core/model'

/** IPv4 as `URL` writes it, whatever it was written like (WHATWG URL, host parsing). */
const OWN_V4 = /^(0|127|22[4-9]|2[3-5][0-9])\.[0-9]+\.[0-9]+\.[0-9]+$|^169\.254\.[0-9]+\.[0-9]+$/
/** IPv6 the same: `::` and what is mapped behind it, fe80::/10, ff00::/8. */
const OWN_V6 = /^\[(::|fe[89ab]|ff)/
const OWN_NAME = /(^|\.)localhost\.?$/

/** @throws {LunarError} BAD_MESSAGE */
export function assertElsewhere({ host }: PeerAddress): void {
  const text = `http://${host.includes(':') ? `[${host}]` : host}/`
  const name = URL.canParse(text) ? new URL(text).hostname : ''
  if (name === '' || OWN_V4.test(name) || OWN_V6.test(name) || OWN_NAME.test(name))
    throw new LunarError('BAD_MESSAGE', 'a verifier is not reached at such an address', { detail: { host } })
}
