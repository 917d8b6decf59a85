import test from 'ava'
import { LunarError } from '@lunarx/core/model'
import { failure, refusal } from './refusal.ts'

const remote = (exception: string, message = 'in /lunarx/a'): string =>
  JSON.stringify({ RemoteException: { exception, javaClassName: `x.${exception}`, message } })

/** Answers of Hadoop 3.5.0 and of gateways, and what becomes of them: code, worth another try, what a peer is told of the server. */
const MEANT: readonly [number, string, string, boolean, string][] = [
  [403, remote('DSQuotaExceededException'), 'FULL', true, 'DSQuotaExceededException'],
  [403, remote('NSQuotaExceededException'), 'FULL', true, 'NSQuotaExceededException'],
  [403, remote('AccessControlException'), 'STORE_FAILED', false, 'AccessControlException'],
  [403, remote('SecurityException', 'x.SecretManager$InvalidToken: Token is expired'), 'STORE_FAILED', false, 'SecurityException'],
  [400, remote('IllegalArgumentException'), 'STORE_FAILED', false, 'IllegalArgumentException'],
  [403, remote('IOException', 'Specified block size is less than configured minimum value'), 'STORE_FAILED', false, 'IOException'],
  [403, remote('IOException', 'All datanodes are bad'), 'STORE_FAILED', true, 'IOException'],
  [403, remote('SafeModeException'), 'STORE_FAILED', true, 'SafeModeException'],
  [403, remote('RetriableException'), 'STORE_FAILED', true, 'RetriableException'],
  [403, remote('StandbyException'), 'STORE_FAILED', true, 'StandbyException'],
  [401, '<html>Authentication required</html>', 'STORE_FAILED', false, 'HTTP 401'],
  [404, '<html>no such page</html>', 'STORE_FAILED', false, 'HTTP 404'],
  [429, '', 'STORE_FAILED', true, 'HTTP 429'],
  [502, '{"error": "upstream"}', 'STORE_FAILED', true, 'HTTP 502'],
]

test('what HDFS and gateways refuse with becomes FULL, something to try again, or something to act on', (t) => {
  for (const [status, body, code, retryable, server] of MEANT) {
    const error = failure('put', refusal(status, body))
    t.like(error, { code, retryable, detail: { operation: 'put', server } }, body)
    t.false(`${error.message} ${JSON.stringify(error.detail)}`.includes('/lunarx'))
  }
})

test('connections that fail are tried again, those to somebody untrusted are not', (t) => {
  const of = (code: string): boolean => failure('read', Object.assign(new Error(code), { code })).retryable
  for (const code of ['ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'ENOTFOUND', 'EPIPE']) t.true(of(code), code)
  for (const code of ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'SELF_SIGNED_CERT_IN_CHAIN', 'CERT_HAS_EXPIRED', 'ERR_TLS_CERT_ALTNAME_INVALID'])
    t.false(of(code), code)
})

test('errors of ours stay what they are, but for a token that cannot be read', (t) => {
  const full = new LunarError('FULL', 'full')
  t.is(failure('put', full), full)
  t.like(failure('put', new LunarError('BAD_CONFIG', 'no token')), { code: 'STORE_FAILED', retryable: false })
})
