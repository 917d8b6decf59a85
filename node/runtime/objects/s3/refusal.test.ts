import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'ava'
import { isAboutCredentials, refusalOf } from './refusal.ts'

/** What S3 servers and the system say, and what becomes of it: code, worth another try, what the operator reads. */
const MEANT: readonly [string | undefined, number | undefined, string, boolean, RegExp][] = [
  ['RequestTimeTooSkewed', 403, 'STORE_FAILED', false, /clock/],
  ['XMinioStorageFull', 507, 'FULL', true, /full/],
  ['XMinioAdminBucketQuotaExceeded', 400, 'FULL', true, /full/],
  ['QuotaExceeded', 403, 'FULL', true, /full/],
  [undefined, 507, 'FULL', true, /full/],
  ['InvalidAccessKeyId', 403, 'STORE_FAILED', false, /accessKey, secretKey/],
  ['SignatureDoesNotMatch', 403, 'STORE_FAILED', false, /accessKey, secretKey/],
  ['ExpiredToken', 400, 'STORE_FAILED', false, /accessKey, secretKey/],
  ['AccessDenied', 403, 'STORE_FAILED', false, /policy of the bucket/],
  ['NoSuchBucket', 404, 'STORE_FAILED', false, /bucket is not there/],
  ['AuthorizationHeaderMalformed', 400, 'STORE_FAILED', false, /region/],
  ['PermanentRedirect', 301, 'STORE_FAILED', false, /region/],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', undefined, 'STORE_FAILED', false, /caFile/],
  ['ERR_TLS_CERT_ALTNAME_INVALID', undefined, 'STORE_FAILED', false, /caFile/],
  ['SlowDown', 503, 'STORE_FAILED', true, /fewer requests/],
  ['TooManyRequests', 429, 'STORE_FAILED', true, /fewer requests/],
  ['XAmzContentSHA256Mismatch', 400, 'STORE_FAILED', true, /changed or lost/],
  ['BadDigest', 400, 'STORE_FAILED', true, /changed or lost/],
  ['NoSuchUpload', 404, 'STORE_FAILED', true, /upload/],
  ['ConditionalRequestConflict', 409, 'STORE_FAILED', true, /failed/],
  ['ECONNRESET', undefined, 'STORE_FAILED', true, /connection/],
  ['ENOTFOUND', 200, 'STORE_FAILED', true, /connection/],
  ['InternalError', 500, 'STORE_FAILED', true, /failed/],
  [undefined, 502, 'STORE_FAILED', true, /failed/],
  [undefined, 200, 'STORE_FAILED', true, /failed/],
  [undefined, undefined, 'STORE_FAILED', true, /failed/],
  ['MethodNotAllowed', 405, 'STORE_FAILED', false, /refused a request/],
]

test('what S3 servers refuse with becomes FULL, something to try again, or something to act on', (t) => {
  for (const [server, status, code, retryable, message] of MEANT) {
    const cause = new Error('as the server said')
    const error = refusalOf('put', { code: server, status, cause })
    t.like(error, { code, retryable, cause }, `${server} ${status}`)
    t.regex(error.message, message, `${server} ${status}`)
    t.deepEqual(error.detail, { operation: 'put', ...(server ? { server } : {}), ...(status ? { status } : {}) })
  }
  t.deepEqual(['SignatureDoesNotMatch', 'NoSuchBucket', undefined].map(isAboutCredentials), [true, false, false])
})

test('the documentation has every message of the table', async (t) => {
  const page = await readFile(join(import.meta.dirname, '../../../../docs/BACKENDS.md'), 'utf8')
  const said = page.replaceAll('`', '')
  for (const [server, status] of MEANT) {
    const { message } = refusalOf('put', { code: server, status, cause: undefined })
    t.true(said.includes(message), message)
  }
})
